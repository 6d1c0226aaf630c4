import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { deployment } from '../../deployment'
import { frame, show, toast } from '../../frame'
import { region } from '../../kept'
import { words } from '../../words'

/** One notice with its form and its files, which WeChat opens itself. */
Component({
  data: { ...frame(), w: words.notices, id: '', category: '', notice: null as Schemas['NoticeRead'] | null, when: '' },
  methods: {
    onLoad(options: { id?: string; category?: string }) {
      this.setData({ id: options.id ?? '', category: options.category ?? '' })
      return this.load()
    },
    load() {
      return show(this, async () => {
        const notice = await call('get', '/{region}/api/notices/{id}', { path: { id: this.data.id }, query: { category: this.data.category } })
        return { notice, when: moment(notice.published_at) }
      })
    },
    open(event: WechatMiniprogram.BaseEvent) {
      const list = this.data.category ? `information/${this.data.category}` : 'notices'
      wx.downloadFile({
        url: `${deployment().host}/${region()}/${list}/${this.data.id}/files/${event.currentTarget.dataset.id as string}`,
        success: (found) => (found.statusCode === 200 ? wx.openDocument({ filePath: found.tempFilePath, showMenu: true }) : toast(words.failed)),
        fail: () => toast(words.offline),
      })
    },
  },
})
