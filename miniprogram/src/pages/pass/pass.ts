import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { act, show, TABS, toast } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

/** Who cannot reach the product tries again so soon; the code that stands there stays readable meanwhile. */
const AGAIN = 3

/** 通行凭证: green, in motion, with a code that rolls every 30 seconds; refused: why, what to do, whom to call; afterwards the rating. */
Component({
  behaviors: [reading],
  data: {
    w: words.pass, callWord: words.call, id: '', visit: null as Schemas['Visit'] | null, rows: [] as object[], rolling: null as Schemas['RollingCode'] | null, digits: '', stale: false,
    busy: false, errors: {} as Record<string, string>, timer: 0, gone: false,
  },
  methods: {
    onLoad(options: { id?: string }) {
      this.setData({ id: options.id ?? '' })
    },
    async onShow() {
      this.data.gone = false
      await this.load()
    },
    onHide() {
      this.stop()
    },
    onUnload() {
      this.stop()
    },
    stop() {
      this.data.gone = true
      clearTimeout(this.data.timer)
    },
    async load() {
      await show(this, async () => {
        const visit = await call('get', '/{region}/api/visits/{visit_id}', { path: { visit_id: this.data.id } })
        wx.setNavigationBarTitle({ title: visit.admitted ? words.pass.title : words.pass.refused })
        return { visit, rows: rows(visit) }
      })
      if (this.data.visit?.shows) await this.roll()
    },
    /** The code of this moment, and again when it is over. A pass that is over reads itself anew, and shows no code any more. */
    async roll() {
      clearTimeout(this.data.timer)
      let wait = AGAIN
      try {
        const rolling = await call('get', '/{region}/api/visits/{visit_id}/code', { path: { visit_id: this.data.id } })
        this.setData({ rolling, stale: false, digits: `${rolling.digits.slice(0, 3)} ${rolling.digits.slice(3)}` })
        wait = rolling.seconds_left
      } catch (refusal) {
        if ((refusal as { code?: string }).code === 'pass_over') {
          this.setData({ rolling: null, digits: '' })
          const visit = await call('get', '/{region}/api/visits/{visit_id}', { path: { visit_id: this.data.id } })
          return this.setData({ visit, rows: rows(visit) })
        }
        this.setData({ stale: true })
      }
      if (!this.data.gone) this.data.timer = setTimeout(() => void this.roll(), wait * 1000) as unknown as number
    },
    async rate(event: WechatMiniprogram.CustomEvent<Schemas['Stars']>) {
      const path = { visit_id: this.data.id }
      if (!(await act(this, () => call('post', '/{region}/api/visits/{visit_id}/rating', { path, body: event.detail, once: `rate-${this.data.id}` })))) return
      toast(words.case.thanks)
      await this.load()
    },
    call() {
      wx.makePhoneCall({ phoneNumber: this.data.visit?.call ?? '' })
    },
    home() {
      wx.switchTab({ url: TABS[0] })
    },
  },
})

function rows(visit: Schemas['Visit']): { label: string; value: string }[] {
  const w = words.pass
  const left = visit.quota_left === null ? words.scan.unlimited : `${visit.quota_left} ${words.scan.times}`
  const told = [{ label: w.holder, value: visit.holder }, { label: w.level, value: visit.level }, { label: w.companions, value: `${visit.companions} ${words.scan.people}` }, { label: w.at, value: moment(visit.at) }]
  return (visit.admitted ? [...told, { label: w.left, value: left }] : told).filter((row) => row.value)
}
