import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { frame, go, show } from '../../frame'
import { words } from '../../words'

/** 我办过的. */
Component({
  data: { ...frame(), w: words.desk, lines: [] as (Schemas['DoneLine'] & { when: string })[] },
  methods: {
    onLoad() {
      return this.load()
    },
    load() {
      return show(this, async () => ({ lines: (await call('get', '/{region}/api/desk/done', {})).items.map((one) => ({ ...one, when: moment(one.at) })) }))
    },
    open(event: WechatMiniprogram.BaseEvent) {
      go(`/pages/desk-case/desk-case?id=${event.currentTarget.dataset.id as string}`)
    },
  },
})
