import { call, type Schemas } from '../../api/client'
import { documents, look, photos, send, tooLarge, weight, type Chosen, type Enclosure, type Place } from '../../files'
import { choicesOf, isAsked, isOffline, kindOf, mostFiles, OFFLINE, type Choice } from '../../forms'
import { problemOf } from '../../frame'
import { said, words } from '../../words'

const KEYBOARDS: Record<string, string> = { number: 'digit', phone: 'number', person_id: 'idcard' }
const TYPING = 300
/** Titles that are offered while one is typed. */
const MOST_TITLES = 5

/** One field that a profile declares. `change` carries {field, value}; what it offers beside its own options comes in `offered`. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: {
    shape: { type: Object, value: {} as Schemas['FieldShape'] },
    values: { type: Object, value: {} as Record<string, unknown> },
    offered: { type: Array, value: [] as Choice[] },
    fixed: Boolean,
    /** Typed without being seen. */
    secret: Boolean,
    error: String,
    mark: String,
    note: String,
    /** Where its files go; and those that are there. */
    place: { type: Object, value: {} as Place },
    files: { type: Array, value: [] as Enclosure[] },
  },
  data: {
    w: { choose: words.choose, examples: words.request.examples, ...words.files, unitSearch: words.unitSearch, noUnit: words.noUnit },
    asked: true, kind: '', keyboard: 'text', longest: -1, value: '' as unknown, shown: '', hint: '', choices: [] as Choice[],
    /** Files that were sent while this form was open; those that its value names, as they are drawn; how far the one is that is on its way. */
    sent: [] as Enclosure[], named: [] as { id: string; name: string; weight: string }[], most: 1, offline: false, sending: '', refused: '',
    found: [] as Choice[], suggested: [] as string[], typed: '', timer: 0,
  },
  observers: {
    'shape, values, offered, fixed, note, files, sent, found'(shape: Schemas['FieldShape'], values: Record<string, unknown>, offered: Choice[], fixed: boolean, note: string, files: Enclosure[], sent: Enclosure[], found: Choice[]) {
      if (!shape.field) return
      const choices = shape.type === 'unit' ? unlike(offered, found) : offered.length ? offered : choicesOf(shape)
      const value = values[shape.field] ?? (shape.type === 'several' ? [] : shape.type === 'yes_no' ? false : '')
      const ids = Array.isArray(value) ? (value as string[]) : []
      this.setData({
        asked: isAsked(shape, values), kind: fixed ? 'fixed' : kindOf(shape, choices), choices, value, hint: note || shape.hint,
        keyboard: KEYBOARDS[shape.type] ?? 'text', longest: shape.type === 'number' ? -1 : shape.max ?? 200,
        shown: choices.find((one) => one.value === value)?.label ?? (typeof value === 'string' ? value : ''),
        suggested: shape.type === 'honour' ? suggested(choices, String(value)) : [], most: mostFiles(shape), offline: isOffline(value), named: ids.map((id) => drawn(id, [...files, ...sent])),
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
    adopt(event: WechatMiniprogram.BaseEvent) {
      this.say(event.currentTarget.dataset.value)
    },
    async photo() {
      await this.take(await photos(this.room()))
    },
    async document() {
      await this.take(await documents(this.room()))
    },
    /** So many more may come; a photo takes the place of the one before. */
    room(): number {
      return this.data.most === 1 ? 1 : this.data.most - this.data.named.length
    },
    /** One after the other: what is there already stays when a later one is refused. */
    async take(chosen: Chosen[]) {
      this.setData({ refused: '' })
      for (const [index, one] of chosen.entries()) {
        if (tooLarge(one)) return this.setData({ sending: '', refused: `${one.name}：${words.files.tooLarge}` })
        const which = chosen.length > 1 ? `（${index + 1}/${chosen.length}）` : ''
        const told = (percent: number): void => this.setData({ sending: `${said(words.files.sending, { percent })}${which}` })
        try {
          told(0)
          const file = await send(this.data.place as Place, this.data.shape.field, one, told)
          const before = this.data.most === 1 || !Array.isArray(this.data.value) ? [] : (this.data.value as string[])
          this.setData({ sent: [...this.data.sent, file] })
          this.say([...before, file.id])
        } catch (refusal) {
          const fields = (refusal as { fields?: Record<string, string> }).fields ?? {}
          return this.setData({ sending: '', refused: fields[this.data.shape.field] ?? problemOf(refusal).text })
        }
      }
      this.setData({ sending: '' })
    },
    drop(event: WechatMiniprogram.BaseEvent) {
      this.say((this.data.value as string[]).filter((id) => id !== event.currentTarget.dataset.id))
    },
    look(event: WechatMiniprogram.BaseEvent) {
      const file = [...(this.data.files as Enclosure[]), ...this.data.sent].find((one) => one.id === event.currentTarget.dataset.id)
      return file ? look(file) : undefined
    },
    /** Confidential papers are handed in by hand. */
    byHand(event: WechatMiniprogram.CustomEvent<{ checked: boolean }>) {
      this.say(event.detail.checked ? OFFLINE : [])
    },
    /** A unit by the words of its name; only those that are admitted are found. */
    search(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ typed: event.detail.value })
      clearTimeout(this.data.timer)
      this.data.timer = setTimeout(() => void this.find(), TYPING) as unknown as number
    },
    async find() {
      const typed = this.data.typed.trim()
      try {
        const items = typed.length < 2 ? [] : (await call('get', '/{region}/api/register/units', { query: { words: typed } })).items
        if (typed === this.data.typed.trim()) this.setData({ refused: '', found: items.map((one) => ({ value: one.id, label: one.name, note: one.district })) })
      } catch (refusal) {
        this.setData({ refused: problemOf(refusal).text })
      }
    },
    say(value: unknown) {
      this.setData({ value })
      this.triggerEvent('change', { field: this.data.shape.field, value })
    },
  },
})

/** A file that was destroyed meanwhile has no name any more; it can still be taken off. */
function drawn(id: string, files: Enclosure[]): { id: string; name: string; weight: string } {
  const file = files.find((one) => one.id === id)
  return { id, name: file?.name ?? words.files.gone, weight: file ? weight(file) : '' }
}

/** The one that is chosen already, then those that were found. */
function unlike(chosen: Choice[], found: Choice[]): Choice[] {
  return [...chosen, ...found.filter((one) => chosen.every((other) => other.value !== one.value))]
}

/** Official titles that have what is typed so far; none once it is one of them. */
function suggested(titles: Choice[], typed: string): string[] {
  const known = titles.map((one) => one.value)
  return typed && !known.includes(typed) ? known.filter((title) => title.includes(typed)).slice(0, MOST_TITLES) : []
}
