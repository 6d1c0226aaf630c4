import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { frame, show } from '../../frame'
import { words } from '../../words'

/** 消息: what was told, also by SMS. */
Component({
  data: { ...frame(), w: words.account, messages: [] as (Schemas['Message'] & { when: string })[] },
  methods: {
    onLoad() {
      return this.load()
    },
    load() {
      return show(this, async () => ({ messages: (await call('get', '/{region}/api/messages', {})).items.map((one) => ({ ...one, when: moment(one.at) })) }))
    },
  },
})
