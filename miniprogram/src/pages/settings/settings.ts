import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { act, CONFIRM, go, show, toast } from '../../frame'
import { setLarge } from '../../kept'
import { wechatCode } from '../../login'
import { reading } from '../../reading'
import { said, words } from '../../words'

/** 设置: large letters, and the WeChat that is bound. */
Component({
  behaviors: [reading],
  data: { w: words.settings, choicesWord: words.choices, dataWord: words.data.title, confirm: words.confirm, cooling: '', provable: false, largeHow: words.largeHow, me: null as Schemas['Me'] | null, busy: false, errors: {} },
  methods: {
    load() {
      return show(this, async () => {
        const me = await call('get', '/{region}/api/me', {})
        const { ways } = me.cools_until ? await call('get', '/{region}/api/me/confirm', {}) : { ways: [] }
        return { me, cooling: me.cools_until ? said(words.confirm.cooling, { until: moment(me.cools_until) }) : '', provable: ways.length > 0 }
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
    async change() {
      const bound = this.data.me?.wechat === true
      const done = await act(this, async () => (bound ? call('delete', '/{region}/api/me/wechat', {}) : call('post', '/{region}/api/me/wechat', { body: { code: await wechatCode() } })))
      if (!done) return
      toast(bound ? words.settings.unbound : words.settings.boundNow)
      await this.load()
    },
  },
})
