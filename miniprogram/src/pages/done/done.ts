import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { go, show } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

/** 我办过的. */
Component({
  behaviors: [reading],
  data: { w: words.desk, lines: [] as (Schemas['DoneLine'] & { when: string })[] },
  methods: {
    load() {
      return show(this, async () => ({ lines: (await call('get', '/{region}/api/desk/done', {})).items.map((one) => ({ ...one, when: moment(one.at) })) }))
    },
    open(event: WechatMiniprogram.BaseEvent) {
      go(`/pages/desk-case/desk-case?id=${event.currentTarget.dataset.id as string}`)
    },
  },
})
