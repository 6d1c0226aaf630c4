import { call, type Schemas } from '../../api/client'
import { day } from '../../dates'
import { go, show } from '../../frame'
import { toldOf } from '../../given'
import { reading } from '../../reading'
import { scan } from '../../scanning'
import { words } from '../../words'

/** 我的人才卡: what it is, until when, what is left of what it gives this year; or the class that recognition gave. */
Component({
  behaviors: [reading],
  data: {
    w: words.account, callWord: words.call, scanWord: words.home.scan, me: null as Schemas['Me'] | null, here: {} as Partial<Schemas['Here']>, year: 0, given: [] as object[], rows: [] as object[], how: '',
  },
  methods: {
    load() {
      return show(this, async () => {
        const [here, me] = await Promise.all([call('get', '/{region}/api/region', {}), call('get', '/{region}/api/me', {})])
        const w = words.account
        const held = me.standing
        const rows = [
          ...(me.card ? [{ label: w.since, value: day(me.card.issued_on) }, { label: w.until, value: day(me.card.valid_until) }] : []), ...(held ? [{ label: w.classed, value: held.label }] : []),
          ...(held && !me.card ? [{ label: w.by, value: held.organisation }, { label: w.on, value: day(held.at) }, { label: w.number, value: held.number }] : []),
        ]
        wx.setNavigationBarTitle({ title: me.card || here.issues_cards ? w.card : here.card_name })
        return { here, me, given: me.entitlements.map(toldOf), how: howOf(me, here), year: new Date().getFullYear(), rows }
      })
    },
    result() {
      go(`/pages/case/case?id=${this.data.me?.standing?.case ?? ''}`)
    },
    apply() {
      go('/pages/apply/apply')
    },
    scan() {
      return scan()
    },
    call() {
      wx.makePhoneCall({ phoneNumber: this.data.here.phone ?? '' })
    },
  },
})

/** What helps who has no card, or one that opens nothing. */
function howOf(me: Schemas['Me'], here: Schemas['Here']): string {
  const w = words.account
  if (!me.card) return here.issues_cards ? `${w.noCardHow} ${here.phone}` : w.noClassHow
  const state = me.card.state
  return state === 'suspended' || state === 'expired' ? `${words.call} ${here.phone} ${state === 'suspended' ? w.suspendedHow : w.renew}` : ''
}
