import { call, key, type Schemas } from '../../api/client'
import { act, go, show } from '../../frame'
import { keptPasses } from '../../kept'
import { reading } from '../../reading'
import { words } from '../../words'

type Offer = Schemas['DayPassOffer'] & { rest: string; spent: boolean }

/** 当日通行证: for which venue one may be prepared; without a network those that are on this phone already. */
Component({
  behaviors: [reading],
  data: { w: words.dayPass, scan: words.scan, offers: [] as Offer[], kept: [] as Schemas['DayPass'][], companions: {} as Record<string, number>, onces: {} as Record<string, string>, busy: false, errors: {} },
  methods: {
    load() {
      this.setData({ kept: Object.values(keptPasses<Schemas['DayPass']>()) })
      return show(this, async () => ({ offers: (await call('get', '/{region}/api/day-pass', {})).items.map(offered) }))
    },
    bring(event: WechatMiniprogram.CustomEvent<{ value: number }>) {
      const venue = event.currentTarget.dataset.venue as string
      this.setData({ companions: { ...this.data.companions, [venue]: event.detail.value }, onces: { ...this.data.onces, [venue]: key() } })
    },
    open(event: WechatMiniprogram.BaseEvent) {
      go(`/pages/ticket/ticket?id=${event.currentTarget.dataset.id as string}`)
    },
    async prepare(event: WechatMiniprogram.BaseEvent) {
      const venue = event.currentTarget.dataset.venue as string
      const once = this.data.onces[venue] ?? key()
      this.setData({ onces: { ...this.data.onces, [venue]: once } })
      let id = ''
      const done = await act(this, async () => { ({ id } = await call('post', '/{region}/api/day-pass', { body: { venue, companions: this.data.companions[venue] ?? 0 }, once })) })
      if (done) go(`/pages/ticket/ticket?id=${id}`)
    },
  },
})

function offered(one: Schemas['DayPassOffer']): Offer {
  const w = words.dayPass
  return { ...one, spent: one.left !== null && one.left <= 0, rest: one.left === null ? '' : `${w.left} ${one.left} ${w.leftHow}` }
}
