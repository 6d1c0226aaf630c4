import type { Schemas } from '../../api/client'
import { choicesOf, isAsked, kindOf, type Choice } from '../../forms'
import { words } from '../../words'

const KEYBOARDS: Record<string, string> = { number: 'digit', phone: 'number', person_id: 'idcard' }

/** One field that a profile declares. `change` carries {field, value}; what it offers beside its own options comes in `offered`. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: {
    shape: { type: Object, value: {} as Schemas['FieldShape'] },
    values: { type: Object, value: {} as Record<string, unknown> },
    offered: { type: Array, value: [] as Choice[] },
    fixed: Boolean,
    error: String,
    mark: String,
    note: String,
  },
  data: {
    w: { choose: words.choose, onWeb: words.onWeb, examples: words.request.examples },
    asked: true, kind: '', keyboard: 'text', longest: -1, value: '' as unknown, shown: '', hint: '', choices: [] as Choice[],
  },
  observers: {
    'shape, values, offered, fixed, note'(shape: Schemas['FieldShape'], values: Record<string, unknown>, offered: Choice[], fixed: boolean, note: string) {
      if (!shape.field) return
      const choices = offered.length ? offered : choicesOf(shape)
      const value = values[shape.field] ?? (shape.type === 'several' ? [] : shape.type === 'yes_no' ? false : '')
      this.setData({
        asked: isAsked(shape, values), kind: fixed ? 'fixed' : kindOf(shape, choices), choices, value, hint: note || shape.hint,
        keyboard: KEYBOARDS[shape.type] ?? 'text', longest: shape.type === 'number' ? -1 : shape.max ?? 200,
        shown: choices.find((one) => one.value === value)?.label ?? (typeof value === 'string' ? value : ''),
      })
    },
  },
  methods: {
    write(event: WechatMiniprogram.CustomEvent<{ value: unknown }>) {
      this.say(event.detail.value)
    },
    pick(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.say(this.data.choices[Number(event.detail.value)]?.value ?? '')
    },
    dated(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.say(event.detail.value)
    },
    say(value: unknown) {
      this.triggerEvent('change', { field: this.data.shape.field, value })
    },
  },
})
