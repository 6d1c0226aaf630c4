import { call, type Schemas } from '../../api/client'
import { act, go, show, toast } from '../../frame'
import { setLarge } from '../../kept'
import { wechatCode } from '../../login'
import { reading } from '../../reading'
import { words } from '../../words'

/** 设置: large letters, and the WeChat that is bound. */
Component({
  behaviors: [reading],
  data: { w: words.settings, choicesWord: words.choices, dataWord: words.data.title, largeHow: words.largeHow, me: null as Schemas['Me'] | null, busy: false, errors: {} },
  methods: {
    load() {
      return show(this, async () => ({ me: await call('get', '/{region}/api/me', {}) }))
    },
    enlarge(event: WechatMiniprogram.CustomEvent<{ value: boolean }>) {
      setLarge(event.detail.value)
      this.setData({ large: event.detail.value })
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
