import { call, type Schemas } from '../../api/client'
import { act, back, show, TABS } from '../../frame'
import { logOut } from '../../login'
import { filling } from '../../reading'
import { words } from '../../words'

/** 用户须知: whoever has not agreed to the version in force is led here before anything else is answered. */
Component({
  behaviors: [filling],
  data: { w: words.terms, logOutWord: words.settings.logOut, terms: null as Schemas['TheTerms'] | null },
  methods: {
    load() {
      return show(this, async () => ({ terms: await call('get', '/{region}/api/me/terms', {}) }))
    },
    async agree() {
      const terms_version = this.data.terms?.version ?? ''
      if (await act(this, () => call('post', '/{region}/api/me/terms', { body: { terms_version } }))) back()
    },
    async refuse() {
      await logOut()
      wx.switchTab({ url: TABS[0] })
    },
  },
})
