import { call, type Schemas } from '../../api/client'
import { go, show } from '../../frame'
import { toldOf, type Told } from '../../given'
import { helpline } from '../../kept'
import { reading } from '../../reading'
import { scan } from '../../scanning'
import { said, words } from '../../words'

const MOST_WINDOWS = 3

/** One service: what it is, for whom, what to bring, who does it; on to the request. */
Component({
  behaviors: [reading],
  data: { w: words.service, id: '', service: null as Schemas['ServiceDetail'] | null, rows: [] as object[], windows: [] as Schemas['Window'][], many: '', near: '', mine: '', wrong: false, may: true, given: null as Told | null, givenTitle: '', privileges: words.privileges.title, phone: '', callWord: words.call },
  methods: {
    onLoad(options: { id?: string }) {
      this.setData({ id: options.id ?? '' })
    },
    load() {
      return show(this, async () => {
        const path = { service_id: this.data.id }
        const [service, windows] = await Promise.all([call('get', '/{region}/api/services/{service_id}', { path }), call('get', '/{region}/api/services/{service_id}/windows', { path })])
        wx.setNavigationBarTitle({ title: service.name })
        const count = windows.items.length
        return { service, rows: facts(service), windows: count > MOST_WINDOWS ? [] : windows.items, many: count > MOST_WINDOWS ? said(words.service.anyWindow, { count }) : '', near: count > 1 ? words.service.nearest : '', phone: helpline(), ...mine(service) }
      })
    },
    request() {
      go(`/pages/request/request?service=${this.data.id}`)
    },
    use() {
      return scan()
    },
    openPrivileges() {
      go('/pages/privileges/privileges')
    },
    call() {
      wx.makePhoneCall({ phoneNumber: this.data.phone })
    },
    openWindows() {
      go('/pages/windows/windows')
    },
  },
})

/** What my card is to it. Who is not logged in is told nothing, and may go on. */
function mine(service: Schemas['ServiceDetail']): Record<string, unknown> {
  const w = words.service
  const found = service.mine
  if (!found) return { mine: '', wrong: false, may: true, given: null }
  const told = found.usable ? said(w.usable, { level: found.level }) : found.other_level ? said(w.other, { levels: service.levels.join('、'), level: found.level }) : found.why
  return { mine: told, wrong: !found.usable, may: found.usable, given: found.given ? toldOf(found.given) : null, givenTitle: found.given ? said(w.stillGiven, { name: found.given.name, year: new Date().getFullYear() }) : '' }
}

function facts(service: Schemas['ServiceDetail']): { label: string; value: string }[] {
  const w = words.service
  const rows = [{ label: w.who, value: service.for_whom || service.levels.join('、') }, { label: w.takes, value: service.takes }, { label: w.guide, value: service.guide.trim() }]
  return rows.filter((row) => row.value)
}
