import { call, type Schemas } from '../../api/client'
import { day } from '../../dates'
import { go, show } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

type Shown = Schemas['NoticeLine'] & { when: string }

/** 通报公告, or one of the region's lists of information; the next part comes as one scrolls. */
Component({
  behaviors: [reading],
  data: { w: words.notices, category: '', typed: '', lines: [] as Shown[], next: null as string | null },
  methods: {
    onLoad(options: { category?: string }) {
      this.setData({ category: options.category ?? '' })
    },
    load() {
      return this.part([], 1)
    },
    onReachBottom() {
      return this.data.next ? this.part(this.data.lines, Number(this.data.next)) : undefined
    },
    part(before: Shown[], page: number) {
      return show(this, async () => {
        const { category, typed } = this.data
        const found = await call('get', '/{region}/api/notices', { query: { category, words: typed, page } })
        wx.setNavigationBarTitle({ title: found.name })
        return { lines: [...before, ...found.items.map((one) => ({ ...one, when: day(one.published_at) }))], next: found.next ?? null }
      })
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
    open(event: WechatMiniprogram.BaseEvent) {
      go(`/pages/notice/notice?id=${event.currentTarget.dataset.id as string}&category=${this.data.category}`)
    },
  },
})
