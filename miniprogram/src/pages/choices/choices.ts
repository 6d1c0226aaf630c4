import { call, type Schemas } from '../../api/client'
import { day } from '../../dates'
import { act, back, show, toast } from '../../frame'
import { filling } from '../../reading'
import { said, words } from '../../words'

/** 短信通知: which may come; what always comes; and to which terms she agreed when. */
Component({
  behaviors: [filling],
  data: { w: words.choices, saveWord: words.dossier.save, mine: [] as Schemas['SmsKind'][], always: [] as Schemas['SmsKind'][], on: [] as string[], agreed: [] as { version: string; when: string }[] },
  methods: {
    load() {
      return show(this, async () => {
        const found = await call('get', '/{region}/api/me/choices', {})
        const mine = found.sms.filter((one) => !one.must)
        const agreed = found.agreed.map(({ version, at }) => ({ version: said(words.register.version, { version }), when: `${day(at)} ${words.choices.agreed}` }))
        return { mine, agreed, always: found.sms.filter((one) => one.must), on: mine.filter((one) => one.on).map((one) => one.kind) }
      })
    },
    choose(event: WechatMiniprogram.CustomEvent<{ value: string[] }>) {
      this.setData({ on: event.detail.value })
    },
    async save() {
      if (!(await act(this, () => call('post', '/{region}/api/me/sms', { body: { on: this.data.on } })))) return
      toast(words.dossier.saved)
      back()
    },
  },
})
