import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { go, show } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

/** 消息: what was told, also by SMS. */
Component({
  behaviors: [reading],
  data: { w: words.account, messages: [] as (Schemas['Message'] & { when: string; opens: boolean })[] },
  methods: {
    open(event: WechatMiniprogram.BaseEvent) {
      const { id, about } = event.currentTarget.dataset as { id: string; about: boolean }
      if (about) go(`/pages/case/case?id=${id}`)
    },
    load() {
      return show(this, async () => {
        const [me, { items }] = await Promise.all([call('get', '/{region}/api/me', {}), call('get', '/{region}/api/messages', {})])
        return { messages: items.map((one) => ({ ...one, when: moment(one.at), opens: me.kind === 'talent' && one.about_case && one.subject_id !== null })) }
      })
    },
  },
})
