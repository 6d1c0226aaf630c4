import { call, type Schemas } from '../../api/client'
import { act, back, go, show } from '../../frame'
import { keepHelpline } from '../../kept'
import { holdCode, letIn, silently, withCode } from '../../login'
import { filling } from '../../reading'
import { words } from '../../words'

const WAIT = 60
const NAMES: Record<string, string> = { sms_code: words.login.byCode, password: words.login.byPassword }

/** 登录: phone and code, password, WeChat's phone button, or the WeChat that is bound. Whoever comes in goes back to where she was led from. */
Component({
  behaviors: [filling],
  data: {
    w: words.login, phoneButton: words.phoneButton, registerWord: words.registerNow, callWord: words.call, here: {} as Partial<Schemas['Here']>, way: 'sms_code', ways: [] as { code: string; name: string }[],
    phone: '', code: '', challenge: '', name: '', password: '', picture: null as Schemas['Picture'] | null, text: '', sent: false, waits: 0, busy: false,
    errors: {} as Record<string, string>,
  },
  methods: {
    turned(event: WechatMiniprogram.CustomEvent<{ large: boolean }>) {
      this.setData(event.detail)
    },
    register() {
      go('/pages/register/register')
    },
    load() {
      void holdCode()
      return show(this, async () => {
        const here = await call('get', '/{region}/api/region', {})
        keepHelpline(here.phone)
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
      const { phone, challenge, code, name, password } = this.data
      const done = await act(this, async () => letIn(await withCode((wechat_code) => (this.data.way === 'sms_code'
        ? call('post', '/{region}/api/login/code', { body: { phone, challenge, code, wechat_code } })
        : call('post', '/{region}/api/login/password', { body: { login_name: name, password, wechat_code, ...this.captcha() } })))))
      if (done) back()
      else await this.drawWhereAsked()
    },
    /** The button's code tells the number by itself, and what it sealed in older WeChat; who holds the phone was asked of WeChat before, when the page opened. */
    async byButton(event: WechatMiniprogram.CustomEvent<{ code?: string, encryptedData?: string, iv?: string }>) {
      const { code, encryptedData, iv } = event.detail
      if (!code && !encryptedData) return // declined
      const given = { ...(code ? { phone_code: code } : {}), ...(encryptedData && iv ? { encrypted_data: encryptedData, iv } : {}) }
      if (await act(this, async () => letIn(await withCode((wechat_code) => call('post', '/{region}/api/login/phone', { body: { ...given, wechat_code } }))))) back()
      else await holdCode()
    },
    async byWechat() {
      if (await silently()) back()
      else this.setData({ problem: { text: words.notBound, again: false, phone: '' } })
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
