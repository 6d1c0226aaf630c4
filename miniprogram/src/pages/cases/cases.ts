import { call, type Schemas } from '../../api/client'
import { go, show, TABS } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

type Line = Schemas['CaseLine']
const OVER = new Set(['completed', 'rejected', 'withdrawn'])

/** 我的办件: what is under way, and what is over. */
Component({
  behaviors: [reading],
  data: { w: words.caseList, channel: true, which: 'open', lines: [] as Line[], shown: [] as Line[], counts: { open: 0, closed: 0 } },
  methods: {
    load() {
      return show(this, async () => {
        const [here, found] = await Promise.all([call('get', '/{region}/api/region', {}), call('get', '/{region}/api/bookings', {})])
        const items = [...found.items.filter(isHers), ...found.items.filter((one) => !isHers(one))]
        const closed = items.filter(isOver).length
        return { channel: here.channel, lines: items, shown: only(items, this.data.which), counts: { open: items.length - closed, closed } }
      })
    },
    choose(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ which: event.detail.value, shown: only(this.data.lines, event.detail.value) })
    },
    open(event: WechatMiniprogram.CustomEvent<{ id: string }>) {
      go(`/pages/case/case?id=${event.detail.id}`)
    },
    look() {
      go(this.data.channel ? TABS[0] : '/pages/apply/apply')
    },
  },
})

/** What waits for her stands first. */
function isHers(one: Line): boolean {
  return one.state === 'returned' || one.to_rate
}

/** A case that waits for her rating is still hers to do something about. */
function isOver(one: Line): boolean {
  return OVER.has(one.state) && !one.to_rate
}

function only(lines: Line[], which: string): Line[] {
  return lines.filter((one) => isOver(one) === (which === 'closed'))
}
