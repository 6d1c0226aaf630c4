import { call, type Schemas } from '../../api/client'
import { act, back, show, toast } from '../../frame'
import { helpline } from '../../kept'
import { logInAgain } from '../../login'
import { filling } from '../../reading'
import { said, words } from '../../words'

/** What is changed: one thing a page. */
type What = 'phone' | 'email' | 'password' | 'name'
const WAIT = 60

/** 账号安全: a number by a code to the present one and a code to the new one, an address by a code to it, a password, a login name. */
Component({
  behaviors: [filling],
  data: {
    w: words.secure, sendWord: words.login.sendCode, codeWord: words.login.code, callWord: words.call, what: 'phone' as What, found: null as Schemas['MySecurity'] | null, sentTo: '', helpline: '', typed: {} as Record<string, string>,
    challenge: '', waits: 0, timer: 0,
  },
  methods: {
    onLoad(options: { what?: string }) {
      this.setData({ what: (options.what ?? 'phone') as What })
    },
    onUnload() {
      clearInterval(this.data.timer)
    },
    load() {
      return show(this, async () => {
        const found = await call('get', '/{region}/api/me/security', {})
        wx.setNavigationBarTitle({ title: titleOf(this.data.what, found) })
        return { found, sentTo: said(words.secure.sentTo, { phone: found.phone }), helpline: helpline() }
      })
    },
    write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ typed: { ...this.data.typed, [event.currentTarget.dataset.name as string]: event.detail.value } })
    },
    async sendCode() {
      const { what, found, typed } = this.data
      const sent = await act(this, async () => {
        const { challenge } = what === 'email' ? await call('post', '/{region}/api/me/email/code', { body: { email: typed.email ?? '' } })
          : found?.opened ? await call('post', '/{region}/api/me/phone/code', { body: { phone: typed.phone ?? '' } }) : await call('post', '/{region}/api/me/phone/present/code', { body: {} })
        this.setData({ challenge, waits: WAIT })
      })
      if (!sent) return
      clearInterval(this.data.timer)
      this.data.timer = setInterval(() => this.wait(), 1_000) as unknown as number
    },
    wait() {
      this.setData({ waits: this.data.waits - 1 })
      if (this.data.waits <= 0) clearInterval(this.data.timer)
    },
    /** The present number is proved: the second step is open. */
    async proveNumber() {
      const { challenge, typed } = this.data
      if (!(await act(this, () => call('post', '/{region}/api/me/phone/present', { body: { challenge, code: typed.code ?? '' } })))) return
      clearInterval(this.data.timer)
      this.setData({ challenge: '', typed: {}, waits: 0 })
      await this.load()
    },
    async changeNumber() {
      const { challenge, typed } = this.data
      await this.done(words.secure.phoneDone, () => call('post', '/{region}/api/me/phone', { body: { phone: typed.phone ?? '', challenge, code: typed.code ?? '' } }))
    },
    async changeEmail() {
      const { challenge, typed } = this.data
      await this.done(words.secure.emailDone, () => call('post', '/{region}/api/me/email', { body: { email: typed.email ?? '', challenge, code: typed.code ?? '', old: typed.old ?? '' } }))
    },
    async done(flash: string, work: () => Promise<unknown>) {
      if (!(await act(this, work))) return
      toast(flash)
      back()
    },
    async changePassword() {
      const { old = '', password = '', again } = this.data.typed
      if (password !== (again ?? '')) return this.setData({ errors: { again: words.secure.unlike } })
      if (await act(this, () => call('post', '/{region}/api/me/password', { body: { old, password } }))) logInAgain()
    },
    async changeName() {
      const { login_name = '', old = '' } = this.data.typed
      if (await act(this, () => call('post', '/{region}/api/me/login-name', { body: { login_name, old } }))) logInAgain()
    },
    call() {
      wx.makePhoneCall({ phoneNumber: this.data.helpline })
    },
  },
})

function titleOf(what: What, found: Schemas['MySecurity']): string {
  const w = words.secure
  if (what === 'phone') return w.changePhone
  if (what === 'email') return found.email ? w.changeEmail : w.giveEmail
  if (what === 'name') return w.changeName
  return found.has_password ? w.changePassword : w.setPassword
}
