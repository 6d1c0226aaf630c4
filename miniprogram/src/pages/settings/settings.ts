import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { act, CONFIRM, go, show, toast } from '../../frame'
import { setLarge } from '../../kept'
import { logInAgain, wechatCode } from '../../login'
import { reading } from '../../reading'
import { said, words } from '../../words'

/** 设置: large letters, how the account is reached and proved, the WeChat that is bound, and where it is logged in. */
Component({
  behaviors: [reading],
  data: { w: words.settings, choicesWord: words.choices, dataWord: words.data.title, confirm: words.confirm, cooling: '', provable: false, largeHow: words.largeHow, me: null as Schemas['Me'] | null, cells: [] as object[], devices: [] as object[], busy: false, errors: {} },
  methods: {
    load() {
      return show(this, async () => {
        const me = await call('get', '/{region}/api/me', {})
        const { ways } = me.cools_until ? await call('get', '/{region}/api/me/confirm', {}) : { ways: [] }
        const found = me.confirmed ? await call('get', '/{region}/api/me/security', {}) : null
        return { me, ...(found ? secured(found) : {}), cooling: me.cools_until ? said(words.confirm.cooling, { until: moment(me.cools_until) }) : '', provable: ways.length > 0 }
      })
    },
    enlarge(event: WechatMiniprogram.CustomEvent<{ value: boolean }>) {
      setLarge(event.detail.value)
      this.setData({ large: event.detail.value })
    },
    confirmNow() {
      go(CONFIRM)
    },
    mine() {
      go('/pages/data/data')
    },
    choices() {
      go('/pages/choices/choices')
    },
    secure(event: WechatMiniprogram.BaseEvent) {
      go(`/pages/secure/secure?what=${event.currentTarget.dataset.what as string}`)
    },
    async leaveEverywhere() {
      const asked = await wx.showModal({ title: words.settings.everywhereSure, content: words.settings.everywhereHow })
      if (asked.confirm && await act(this, () => call('post', '/{region}/api/me/log-out-everywhere', { body: {} }))) logInAgain()
    },
    async change() {
      const bound = this.data.me?.wechat === true
      const done = await act(this, async () => (bound ? call('delete', '/{region}/api/me/wechat', {}) : call('post', '/{region}/api/me/wechat', { body: { code: await wechatCode() } })))
      if (!done) return
      toast(bound ? words.settings.unbound : words.settings.boundNow)
      await this.load()
    },
  },
})

function secured(found: Schemas['MySecurity']): Record<string, unknown> {
  const w = words.settings
  const channels: Record<string, string> = w.channels
  const cells = [
    { what: 'phone', title: w.phone, note: found.phone || w.none, icon: 'device-mobile' }, ...(found.resets || found.email ? [{ what: 'email', title: w.email, note: found.email || w.none, icon: 'mail' }] : []),
    { what: 'name', title: w.name, note: found.login_name, icon: 'user-circle' }, { what: 'password', title: w.password, note: found.has_password ? w.set : w.notSet, icon: 'lock' },
  ]
  const devices = found.sessions.map((one) => ({ at: one.seen_at, label: `${channels[one.channel] ?? one.channel}${one.current ? w.here : ''}`, when: `${w.lastUsed} ${moment(one.seen_at)}` }))
  return { cells, devices }
}
