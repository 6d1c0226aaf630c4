import { call, type Schemas } from '../../api/client'
import { day } from '../../dates'
import { go, show } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

type Line = Schemas['OverdueLine']

/** 超时未处理, for who watches over all: by organisation, then case by case, longest first. */
Component({
  behaviors: [reading],
  data: { w: words.overdue, organisation: '', offices: [] as object[], lines: [] as Line[], next: null as string | null },
  methods: {
    load() {
      return this.part([], 1)
    },
    onReachBottom() {
      return this.data.next ? this.part(this.data.lines, Number(this.data.next)) : undefined
    },
    part(before: Line[], page: number) {
      return show(this, async () => {
        const [w, found] = [words.overdue, await call('get', '/{region}/api/desk/overdue', { query: { organisation: this.data.organisation || undefined, page } })]
        const offices = found.organisations.map((one) => ({ id: one.organisation_id, name: one.name, late: one.late, note: `${w.oldest} ${day(one.oldest)} ${w.due}` }))
        return { offices, lines: [...before, ...found.items], next: found.next ?? null }
      })
    },
    choose(event: WechatMiniprogram.BaseEvent) {
      this.setData({ organisation: (event.currentTarget.dataset.id as string | undefined) ?? '' })
      return this.load()
    },
    open(event: WechatMiniprogram.CustomEvent<{ id: string }>) {
      go(`/pages/desk-case/desk-case?id=${event.detail.id}`)
    },
  },
})
