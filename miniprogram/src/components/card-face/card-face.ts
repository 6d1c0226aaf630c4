import type { Schemas } from '../../api/client'
import { words } from '../../words'

/** The talent card, its number masked; where it opens nothing now, why. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { card: { type: Object, value: {} as Partial<Schemas['MyCard']> } },
  data: { w: { until: words.account.until }, until: '' },
  observers: {
    card(card: Partial<Schemas['MyCard']>) {
      const [year, month, day] = (card.valid_until ?? '').split('-').map(Number)
      this.setData({ until: year ? `${year}年${month}月${day}日` : '' })
    },
  },
  methods: {
    open() {
      this.triggerEvent('open')
    },
  },
})
