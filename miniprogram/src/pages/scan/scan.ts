import { call, key, type Schemas } from '../../api/client'
import { act, go, show } from '../../frame'
import { filling } from '../../reading'
import { scan } from '../../scanning'
import { words } from '../../words'

/** What a scan would find now, how many come along, and the one tap: its nonce is made here, once, so that a second tap uses nothing twice. */
Component({
  behaviors: [filling],
  data: { w: words.scan, pass: words.dayPass, code: '', typed: '', found: null as Schemas['Foreseen'] | null, left: '', companions: 0, nonce: '' },
  methods: {
    onLoad(options: { code?: string }) {
      this.setData({ code: decodeURIComponent(options.code ?? ''), nonce: key(), loading: Boolean(options.code) })
    },
    load() {
      if (!this.data.code) return
      return show(this, async () => {
        const found = await call('get', '/{region}/api/board', { query: { code: this.data.code } })
        return { found, left: found.left === null ? words.scan.unlimited : `${found.left} ${words.scan.times}` }
      })
    },
    prepare() {
      go('/pages/day-pass/day-pass')
    },
    scan() {
      return scan()
    },
    write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ typed: event.detail.value.trim() })
    },
    find() {
      this.setData({ code: this.data.typed, loading: true })
      return this.load()
    },
    bring(event: WechatMiniprogram.CustomEvent<{ value: number }>) {
      this.setData({ companions: event.detail.value })
    },
    recent() {
      wx.redirectTo({ url: `/pages/pass/pass?id=${this.data.found?.recent ?? ''}` })
    },
    async admit() {
      if (this.data.busy) return
      let id = ''
      const { code, nonce, companions } = this.data
      const done = await act(this, async () => { ({ id } = await call('post', '/{region}/api/visits', { body: { code, nonce, companions } })) })
      if (done) wx.redirectTo({ url: `/pages/pass/pass?id=${id}` })
    },
  },
})
