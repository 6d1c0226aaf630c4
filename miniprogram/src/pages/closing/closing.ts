import { call, key, type Schemas } from '../../api/client'
import { act, show } from '../../frame'
import { keepHelpline } from '../../kept'
import { filling } from '../../reading'
import { words } from '../../words'

/** 注销账号: what is erased and what must be kept, said before she asks; she proves by a code to her number that it is she. */
Component({
  behaviors: [filling],
  data: { w: words.closing, login: words.login, callWord: words.call, found: null as Schemas['Closing'] | null, phone: '', reason: '', code: '', challenge: '', once: '' },
  methods: {
    onLoad() {
      this.setData({ once: key() })
    },
    load() {
      return show(this, async () => {
        const [here, found] = await Promise.all([call('get', '/{region}/api/region', {}), call('get', '/{region}/api/me/closing', {})])
        keepHelpline(here.phone)
        return { found, phone: here.phone }
      })
    },
    write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ [event.currentTarget.dataset.name as string]: event.detail.value, once: key() })
    },
    sendCode() {
      return act(this, async () => this.setData({ challenge: (await call('post', '/{region}/api/me/closing/code', { body: {} })).challenge }))
    },
    call() {
      wx.makePhoneCall({ phoneNumber: this.data.phone })
    },
    look() {
      wx.redirectTo({ url: `/pages/case/case?id=${this.data.found?.under_way ?? ''}` })
    },
    async submit() {
      const { reason, code, challenge, once } = this.data
      let id = ''
      const done = await act(this, async () => { ({ id } = await call('post', '/{region}/api/me/closing', { body: { reason, code, challenge }, once })) })
      if (done) wx.redirectTo({ url: `/pages/case/case?id=${id}` })
    },
  },
})
