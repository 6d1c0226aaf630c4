import { call, type Schemas } from '../../api/client'
import { go, show } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

type Offer = Schemas['MatterOffer'] & { told: string }

/** 申报: what a person may apply for, what stands in its way, and what is under way. */
Component({
  behaviors: [reading],
  data: { w: words.apply, offers: [] as Offer[], dossier: words.account.dossier },
  methods: {
    load() {
      return show(this, async () => ({ offers: (await call('get', '/{region}/api/apply', {})).items.map((one) => ({ ...one, told: told(one) })) }))
    },
    open(event: WechatMiniprogram.BaseEvent) {
      const offer = this.data.offers.find((one) => one.matter === event.currentTarget.dataset.matter)
      if (offer) go(offer.open ? `/pages/case/case?id=${offer.open}` : `/pages/matter/matter?matter=${offer.matter}`)
    },
    fill() {
      go('/pages/dossier/dossier')
    },
  },
})

function told(one: Schemas['MatterOffer']): string {
  const w = words.apply
  if (one.open) return w.look
  return one.lacks[0] ?? (one.not_yet || (one.renews ? w.renews : w.now))
}
