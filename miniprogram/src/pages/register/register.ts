import { call, type Schemas } from '../../api/client'
import { filled, offersOf, type Choice, type Values } from '../../forms'
import { act, back, show } from '../../frame'
import { letIn, withCode } from '../../login'
import { filling } from '../../reading'
import { said, words } from '../../words'

const SECRET: Record<string, boolean> = { password: true, password_again: true }

/** 注册: what the region asks of a person, the terms in force, and in she is, with her WeChat bound. What is typed here is kept nowhere. */
Component({
  behaviors: [filling],
  data: {
    w: words.register, secret: SECRET, asked: null as Schemas['Registration'] | null, values: {} as Values, offered: {} as Record<string, Choice[]>, none: [] as Choice[], agreed: false, agree: '', version: '',
  },
  methods: {
    load() {
      return show(this, async () => {
        const asked = await call('get', '/{region}/api/register', {})
        wx.setNavigationBarTitle({ title: asked.name })
        const { title = '', version = '' } = asked.terms ?? {}
        return { asked, offered: offersOf(asked.form, asked), agree: said(words.register.agree, { title }), version: said(words.register.version, { version }) }
      })
    },
    changed(event: WechatMiniprogram.CustomEvent<{ field: string; value: unknown }>) {
      const { field, value } = event.detail
      this.setData({ values: { ...this.data.values, [field]: value }, errors: { ...this.data.errors, [field]: '' } })
    },
    tick(event: WechatMiniprogram.CustomEvent<{ checked: boolean }>) {
      this.setData({ agreed: event.detail.checked })
    },
    logIn() {
      back()
    },
    async submit() {
      const { asked, values, agreed } = this.data
      if (!asked) return
      const form = filled(asked.form, values)
      const terms_version = agreed ? asked.terms?.version : undefined
      let begun: string | null = null
      const done = await act(this, async () => {
        const welcome = await withCode((wechat_code) => call('post', '/{region}/api/register', { body: { form, terms_version, wechat_code } }))
        letIn(welcome)
        begun = welcome.case
      })
      if (done) wx.redirectTo({ url: begun ? `/pages/case/case?id=${begun as string}` : '/pages/dossier/dossier' })
    },
  },
})
