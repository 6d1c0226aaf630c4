import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { lookIn } from '../../files'
import { show } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

/** One notice with its form and its files, which WeChat opens itself. */
Component({
  behaviors: [reading],
  data: { w: words.notices, id: '', category: '', notice: null as Schemas['NoticeRead'] | null, when: '' },
  methods: {
    onLoad(options: { id?: string; category?: string }) {
      this.setData({ id: options.id ?? '', category: options.category ?? '' })
    },
    load() {
      return show(this, async () => {
        const notice = await call('get', '/{region}/api/notices/{id}', { path: { id: this.data.id }, query: { category: this.data.category || undefined } })
        return { notice, when: moment(notice.published_at) }
      })
    },
    open(event: WechatMiniprogram.BaseEvent) {
      const file = this.data.notice?.files.find((one) => one.id === event.currentTarget.dataset.id)
      return file ? lookIn(this.data.id, this.data.category, file) : undefined
    },
  },
})
