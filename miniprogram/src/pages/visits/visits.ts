import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { frame, go, show } from '../../frame'
import { words } from '../../words'

/** 现场服务记录: every scan, admitted or not. */
Component({
  data: { ...frame(), w: words.account, unknown: words.scan.unknown, visits: [] as (Schemas['Visit'] & { when: string })[] },
  methods: {
    onLoad() {
      return this.load()
    },
    load() {
      return show(this, async () => ({ visits: (await call('get', '/{region}/api/visits', {})).items.map((one) => ({ ...one, when: moment(one.at) })) }))
    },
    open(event: WechatMiniprogram.BaseEvent) {
      go(`/pages/pass/pass?id=${event.currentTarget.dataset.id as string}`)
    },
  },
})
