import { call, type Schemas } from '../../api/client'
import { go, show } from '../../frame'
import { reading } from '../../reading'
import { scan } from '../../scanning'
import { words } from '../../words'

const MOST_WINDOWS = 3

/** One service: what it is, for whom, what to bring, who does it; on to the request. */
Component({
  behaviors: [reading],
  data: { w: words.service, id: '', service: null as Schemas['ServiceDetail'] | null, rows: [] as object[], windows: [] as Schemas['Window'][] },
  methods: {
    onLoad(options: { id?: string }) {
      this.setData({ id: options.id ?? '' })
    },
    load() {
      return show(this, async () => {
        const path = { service_id: this.data.id }
        const [service, windows] = await Promise.all([call('get', '/{region}/api/services/{service_id}', { path }), call('get', '/{region}/api/services/{service_id}/windows', { path })])
        wx.setNavigationBarTitle({ title: service.name })
        return { service, rows: facts(service), windows: windows.items.slice(0, MOST_WINDOWS) }
      })
    },
    request() {
      go(`/pages/request/request?service=${this.data.id}`)
    },
    use() {
      return scan()
    },
    openWindows() {
      go('/pages/windows/windows')
    },
  },
})

function facts(service: Schemas['ServiceDetail']): { label: string; value: string }[] {
  const w = words.service
  const rows = [{ label: w.who, value: service.for_whom || service.levels.join('、') }, { label: w.takes, value: service.takes }, { label: w.guide, value: service.guide.trim() }]
  return rows.filter((row) => row.value)
}
