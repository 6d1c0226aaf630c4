import { call, type Schemas } from '../../api/client'
import { day } from '../../dates'
import { show } from '../../frame'
import { reading } from '../../reading'
import { scan } from '../../scanning'
import { words } from '../../words'

/** 我的人才卡: what it is, until when, and what is left of what it gives this year. */
Component({
  behaviors: [reading],
  data: {
    w: words.account, callWord: words.call, scanWord: words.home.scan, me: null as Schemas['Me'] | null, here: {} as Partial<Schemas['Here']>, year: 0, given: [] as object[], rows: [] as object[],
  },
  methods: {
    load() {
      return show(this, async () => {
        const [here, me] = await Promise.all([call('get', '/{region}/api/region', {}), call('get', '/{region}/api/me', {})])
        const w = words.account
        const rows = me.card ? [{ label: w.since, value: day(me.card.issued_on) }, { label: w.until, value: day(me.card.valid_until) }] : []
        return { here, me, given: me.entitlements.map(given), year: new Date().getFullYear(), rows }
      })
    },
    scan() {
      return scan()
    },
    call() {
      wx.makePhoneCall({ phoneNumber: this.data.here.phone ?? '' })
    },
  },
})

function given(one: Schemas['Entitled']): object {
  const w = words.account
  const limited = one.yearly !== null && one.left !== null
  return {
    category: one.category, name: one.name, limited, percentage: limited && one.yearly ? ((one.left ?? 0) * 100) / one.yearly : 0,
    left: limited ? `${one.left} / ${one.yearly} ${words.scan.times}` : words.scan.unlimited, along: one.companions ? `${w.along} ${one.companions} ${words.scan.people}` : w.alone,
  }
}
