import { call, type Schemas } from '../../api/client'
import { day } from '../../dates'
import { show } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

type Shown = Schemas['Window'] & { rows: object[]; away: string }

/** 服务窗口: who is where, until when, on a map, on the phone. */
Component({
  behaviors: [reading],
  data: { w: words.windows, callWord: words.call, openMap: words.openMap, district: '', tabs: [] as { code: string; name: string }[], windows: [] as Shown[] },
  methods: {
    load() {
      return show(this, async () => {
        const [here, windows] = await Promise.all([call('get', '/{region}/api/region', {}), call('get', '/{region}/api/windows', { query: { district: this.data.district || undefined } })])
        const districts = Object.entries(here.districts).map(([code, name]) => ({ code, name }))
        return { windows: windows.items.map(shown), tabs: [{ code: '', name: words.windows.all }, ...districts] }
      })
    },
    choose(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ district: event.detail.value })
      return this.load()
    },
    every() {
      this.setData({ district: '' })
      return this.load()
    },
    call(event: WechatMiniprogram.BaseEvent) {
      wx.makePhoneCall({ phoneNumber: event.currentTarget.dataset.phone as string })
    },
    map(event: WechatMiniprogram.BaseEvent) {
      const found = this.data.windows.find((one) => one.id === event.currentTarget.dataset.id)
      if (!found?.position) return
      const [latitude, longitude] = found.position as [number, number] // GCJ-02, as WeChat's map wants it
      wx.openLocation({ latitude, longitude, name: found.name, address: found.address })
    },
  },
})

function shown(found: Schemas['Window']): Shown {
  const w = words.windows
  const rows = [{ label: w.hours, value: found.hours.join('\n') }, { label: w.contact, value: found.contact }, { label: w.address, value: found.address }]
  return { ...found, rows: rows.filter((row) => row.value), away: day(found.next_closed) }
}
