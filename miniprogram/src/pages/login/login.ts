import { call, type Schemas } from '../../api/client'
import { act, back, frame, show } from '../../frame'
import { letIn, silently, wechatCode } from '../../login'
import { words } from '../../words'

const WAIT = 60
const NAMES: Record<string, string> = { sms_code: words.login.byCode, password: words.login.byPassword }

/** 登录: phone and code, password, WeChat's phone button, or the WeChat that is bound. Whoever comes in goes back to where she was led from. */
Component({
  data: {
    ...frame(), w: words.login, phoneButton: words.phoneButton, callWord: words.call, here: {} as Partial<Schemas['Here']>, way: 'sms_code', ways: [] as { code: string; name: string }[],
    phone: '', code: '', challenge: '', name: '', password: '', picture: null as Schemas['Picture'] | null, text: '', sent: false, waits: 0, busy: false,
    errors: {} as Record<string, string>,
  },
  methods: {
    onLoad() {
      return show(this, async () => {
        const here = await call('get', '/{region}/api/region', {})
        return { here, way: here.login[0] ?? 'sms_code', ways: here.login.map((code) => ({ code, name: NAMES[code] ?? code })) }
      })
    },
    write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ [event.currentTarget.dataset.name as string]: event.detail.value })
    },
    choose(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ way: event.detail.value, problem: null, errors: {}, picture: null })
    },
    async sendCode() {
      const done = await act(this, async () => {
        const { challenge } = await call('post', '/{region}/api/login/code/request', { body: { phone: this.data.phone, ...this.captcha() } })
        this.setData({ challenge, sent: true, waits: WAIT })
      })
      if (done) this.tick()
      else await this.drawWhereAsked()
    },
    async submit() {
      const done = await act(this, async () => {
        const wechat_code = await wechatCode()
        letIn(this.data.way === 'sms_code'
          ? await call('post', '/{region}/api/login/code', { body: { phone: this.data.phone, challenge: this.data.challenge, code: this.data.code, wechat_code } })
          : await call('post', '/{region}/api/login/password', { body: { login_name: this.data.name, password: this.data.password, wechat_code, ...this.captcha() } }))
      })
      if (done) back()
      else await this.drawWhereAsked()
    },
    /** The button's code tells the number by itself, without the session that a later `wx.login` would replace. */
    async byButton(event: WechatMiniprogram.CustomEvent<{ code?: string }>) {
      const phone_code = event.detail.code
      if (!phone_code) return // declined
      if (await act(this, async () => letIn(await call('post', '/{region}/api/login/phone', { body: { phone_code, wechat_code: await wechatCode() } })))) back()
    },
    async byWechat() {
      if (await silently()) back()
      else this.setData({ problem: { text: words.notBound, again: false } })
    },
    async drawWhereAsked() {
      if (this.data.errors.captcha || this.data.picture) await this.draw()
    },
    async draw() {
      this.setData({ picture: await call('post', '/{region}/api/captcha', {}), text: '' })
    },
    captcha(): { captcha?: Schemas['Captcha'] } {
      const { picture, text } = this.data
      return picture ? { captcha: { challenge: picture.challenge, text } } : {}
    },
    tick() {
      if (this.data.waits <= 0) return
      setTimeout(() => { this.setData({ waits: this.data.waits - 1 }); this.tick() }, 1000)
    },
  },
})
