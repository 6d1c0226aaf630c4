import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { go, show } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

/** 现场服务记录: every scan, admitted or not. */
Component({
  behaviors: [reading],
  data: { w: words.account, unknown: words.scan.unknown, visits: [] as (Schemas['Visit'] & { when: string })[] },
  methods: {
    load() {
      return show(this, async () => ({ visits: (await call('get', '/{region}/api/visits', {})).items.map((one) => ({ ...one, when: moment(one.at) })) }))
    },
    open(event: WechatMiniprogram.BaseEvent) {
      go(`/pages/pass/pass?id=${event.currentTarget.dataset.id as string}`)
    },
  },
})
