import { call, Refused, UNREACHABLE, type Schemas } from '../../api/client'
import { allowed, go, problemOf, show, TABS } from '../../frame'
import { forgetPass, helpline, isLarge, keepPass, keptPasses } from '../../kept'
import { reading } from '../../reading'
import { rolled } from '../../rolling'
import { said, words } from '../../words'

/** A pass with how far this phone's clock is behind the product's, in seconds. */
type Kept = Schemas['DayPass'] & { behind: number }
const TICK = 1_000
/** While there is a network, the product says whether the pass still stands: a card that was stopped, a pass that was used. */
const ASK_EVERY = 10

/** 当日通行证: kept on this phone, its code made here every 30 seconds, network or none. */
Component({
  behaviors: [reading],
  data: { w: words.dayPass, pass: words.pass, callWord: words.call, id: '', found: null as Kept | null, rows: [] as object[], told: '', offline: false, text: '', digits: '', percentage: 100, phone: '', timer: 0, ticks: 0 },
  methods: {
    onLoad(options: { id?: string }) {
      this.setData({ id: options.id ?? '' })
    },
    onHide() {
      this.stop()
    },
    onUnload() {
      this.stop()
    },
    stop() {
      clearInterval(this.data.timer)
    },
    /** What this phone has is shown at once; what the product says comes after it. */
    async load() {
      this.stop()
      const kept = keptPasses<Kept>()[this.data.id]
      if (kept) this.draw(kept)
      if (kept) await this.ask()
      else await show(this, async () => this.taken(await call('get', '/{region}/api/day-pass/{pass_id}', { path: { pass_id: this.data.id } })))
      if (this.data.found?.state === 'open') this.data.timer = setInterval(() => this.turn(), TICK) as unknown as number
    },
    async ask() {
      try {
        this.setData({ ...this.taken(await allowed(() => call('get', '/{region}/api/day-pass/{pass_id}', { path: { pass_id: this.data.id } }))), offline: false, problem: null })
      } catch (refusal) {
        const away = refusal instanceof Refused && (refusal.code === UNREACHABLE || refusal.status >= 500)
        this.setData(away ? { offline: true } : { problem: problemOf(refusal) })
      }
    },
    taken(pass: Schemas['DayPass']) {
      const found = { ...pass, behind: Date.parse(pass.made) / 1000 - Date.now() / 1000 }
      if (pass.state === 'open') keepPass(pass.id, found)
      else forgetPass(pass.id)
      this.draw(found)
      return {}
    },
    draw(found: Kept) {
      const w = words.pass
      const companions = found.companions ? `${found.companions} ${words.scan.people}` : words.account.alone
      this.setData({
        large: isLarge(), loading: false, loaded: true, found, phone: helpline(), told: said(words.dayPass.usedHow, { name: found.name }),
        rows: [{ label: w.holder, value: found.holder }, { label: w.level, value: found.level }, { label: w.companions, value: companions }],
      })
      if (found.state === 'open') this.roll(found)
    },
    turn() {
      const { found } = this.data
      if (!found) return
      this.data.ticks++
      if (this.data.ticks % ASK_EVERY === 0) void this.ask()
      this.roll(found)
    },
    roll(found: Kept) {
      const at = Date.now() / 1000 + found.behind
      if (at >= Date.parse(found.ends) / 1000) {
        this.stop()
        forgetPass(found.id)
        return this.setData({ found: { ...found, state: 'over' } })
      }
      const { text, digits, secondsLeft } = rolled(found.token, found.own, at, found.window)
      this.setData({ percentage: (secondsLeft * 100) / found.window, ...(text === this.data.text ? {} : { text, digits }) })
    },
    look() {
      wx.redirectTo({ url: `/pages/pass/pass?id=${this.data.found?.visit ?? ''}` })
    },
    again() {
      wx.redirectTo({ url: '/pages/day-pass/day-pass' })
    },
    call() {
      wx.makePhoneCall({ phoneNumber: this.data.phone })
    },
    home() {
      go(TABS[0])
    },
  },
})
