import { call, type Schemas } from '../../api/client'
import { go, show } from '../../frame'
import { reading } from '../../reading'
import { said, words } from '../../words'

type Line = Schemas['TodoLine']
const ALL = 'all'
const LATE = 'late'

/** 待办: late ones first, whole or by step; the next part comes as one scrolls. */
Component({
  behaviors: [reading],
  data: { w: words.desk, todayWord: words.today.title, which: ALL, typed: '', searched: '', lines: [] as Line[], next: null as string | null, counts: { all: 0, late: 0, due_today: 0 }, tabs: [] as { code: string; label: string }[], empty: '', emptyHow: '' },
  methods: {
    onLoad(options: { which?: string }) {
      if (options.which === LATE) this.setData({ which: LATE })
    },
    onReachBottom() {
      return this.data.next ? this.part(this.data.lines, this.data.next) : undefined
    },
    load() {
      return this.part([])
    },
    part(before: Line[], after?: string) {
      return show(this, async () => {
        const { typed, which } = this.data
        const step = which === ALL || which === LATE ? undefined : which
        const found = await call('get', '/{region}/api/desk/todo', { query: { words: typed, late: which === LATE, step, after } })
        return { lines: [...before, ...found.items], next: found.next ?? null, searched: typed, counts: { all: found.all, late: found.late, due_today: found.due_today }, tabs: tabs(found), ...nothing(typed, found.all) }
      })
    },
    choose(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ which: event.detail.value })
      return this.load()
    },
    write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ typed: event.detail.value })
    },
    search() {
      return this.load()
    },
    /** Everything again. */
    clear() {
      this.setData({ typed: '', which: ALL })
      return this.load()
    },
    open(event: WechatMiniprogram.CustomEvent<{ id: string }>) {
      go(`/pages/desk-case/desk-case?id=${event.detail.id}`)
    },
    done() {
      go('/pages/done/done')
    },
    today() {
      go('/pages/today/today')
    },
  },
})

function tabs(found: Schemas['Todo']): { code: string; label: string }[] {
  const w = words.desk
  return [{ code: ALL, label: `${w.all} ${found.all}` }, { code: LATE, label: `${w.late} ${found.late}` }, ...found.steps.map((one) => ({ code: one.step, label: `${one.name} ${one.waiting}` }))]
}

/** What an empty list says: nothing was found, nothing waits here, nothing waits at all. */
function nothing(typed: string, all: number): { empty: string; emptyHow: string } {
  const w = words.desk
  if (typed) return { empty: w.notFound, emptyHow: w.notFoundHow }
  return all ? { empty: w.noneHere, emptyHow: said(w.elsewhereWaiting, { count: all }) } : { empty: w.none, emptyHow: w.noneHow }
}
