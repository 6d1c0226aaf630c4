import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { act, back, show, TABS } from '../../frame'
import { keepHelpline, keepToken } from '../../kept'
import { logOut } from '../../login'
import { filling } from '../../reading'
import { said, words } from '../../words'

const NAMES: Record<Schemas['By'], string> = { id_number: words.confirm.idNumber, password: words.confirm.password }

/** 核实身份: whoever came in by a number that may have changed hands is led here before anything of a person's own is answered. */
Component({
  behaviors: [filling],
  data: {
    w: words.confirm, callWord: words.call, logOutWord: words.settings.logOut, found: null as Schemas['Provable'] | null, ways: [] as { code: string; name: string }[], way: '' as Schemas['By'] | '', given: '', why: '', waits: '', phone: '', serves: false,
  },
  methods: {
    load() {
      return show(this, async () => {
        const [here, found] = await Promise.all([call('get', '/{region}/api/region', {}), call('get', '/{region}/api/me/confirm', {})])
        keepHelpline(here.phone)
        return {
          found, ways: found.ways.map((code) => ({ code, name: NAMES[code] })), way: found.ways[0] ?? '', phone: here.phone, serves: here.channel, logOutWord: here.log_out,
          why: found.cools_until ? said(words.confirm.cooling, { until: moment(found.cools_until) }) : words.confirm.why, waits: said(words.confirm.waits, { hours: found.cool_down_hours }),
        }
      })
    },
    choose(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ way: event.detail.value as Schemas['By'], given: '', problem: null, errors: {} })
    },
    write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ given: event.detail.value })
    },
    async submit() {
      const { way, given } = this.data
      if (way && await act(this, async () => keepToken((await call('post', '/{region}/api/me/confirm', { body: { by: way, given } })).token))) back()
    },
    call() {
      wx.makePhoneCall({ phoneNumber: this.data.phone })
    },
    async leave() {
      await logOut()
      wx.switchTab({ url: TABS[0] })
    },
  },
})
