import { call, type Schemas } from '../../api/client'
import { go, show } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

type Line = Schemas['TodoLine']

/** 待办: late ones first; the next part comes as one scrolls. */
Component({
  behaviors: [reading],
  data: { w: words.desk, todayWord: words.today.title, which: 'all', typed: '', lines: [] as Line[], next: null as string | null, counts: { all: 0, late: 0, due_today: 0 } },
  methods: {
    onLoad(options: { which?: string }) {
      if (options.which === 'late') this.setData({ which: 'late' })
    },
    onReachBottom() {
      return this.data.next ? this.part(this.data.lines, this.data.next) : undefined
    },
    load() {
      return this.part([])
    },
    part(before: Line[], after?: string) {
      return show(this, async () => {
        const found = await call('get', '/{region}/api/desk/todo', { query: { words: this.data.typed, late: this.data.which === 'late', after } })
        return { lines: [...before, ...found.items], next: found.next ?? null, counts: { all: found.all, late: found.late, due_today: found.due_today } }
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
    clear() {
      this.setData({ typed: '' })
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
