import { call, type Schemas } from '../../api/client'
import { day, moment } from '../../dates'
import { show } from '../../frame'
import { locate, nearestFirst, type Spot } from '../../nearest'
import { reading } from '../../reading'
import { words } from '../../words'

type Window = Schemas['Window']

/** 服务窗口: who is where, until when, on a map, on the phone; the nearest first for who wants it. */
Component({
  behaviors: [reading],
  data: {
    w: words.windows, near: words.near, callWord: words.call, openMap: words.openMap, allowWord: words.allowPosition, district: '', typed: '', tabs: [] as { code: string; name: string }[],
    every: [] as Window[], windows: [] as object[], spot: null as Spot | null, told: words.near.how, refused: false, phone: '',
  },
  methods: {
    load() {
      return show(this, async () => {
        const [here, found] = await Promise.all([call('get', '/{region}/api/region', {}), call('get', '/{region}/api/windows', { query: { district: this.data.district || undefined } })])
        const districts = Object.entries(here.districts).map(([code, name]) => ({ code, name }))
        return { every: found.items, windows: this.listed(found.items), tabs: [{ code: '', name: words.windows.all }, ...districts], phone: here.phone }
      })
    },
    /** Those with the words in name or address, the nearest first once it is known where she is. */
    listed(every: Window[]): object[] {
      const typed = this.data.typed.trim()
      return nearestFirst(every.filter((one) => `${one.name} ${one.address}`.includes(typed)), this.data.spot).map(shown)
    },
    choose(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ district: event.detail.value })
      return this.load()
    },
    write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.data.typed = event.detail.value
      this.setData({ typed: event.detail.value, windows: this.listed(this.data.every) })
    },
    showAll() {
      this.setData({ district: '', typed: '' })
      return this.load()
    },
    /** Of all of them, whatever district was looked at before. */
    async find() {
      this.setData({ told: words.near.finding, refused: false })
      const found = await locate()
      if (!found.spot) return this.setData({ told: found.told, refused: found.refused })
      this.setData({ spot: found.spot, told: words.nearestFirst, district: '' })
      await this.load()
    },
    allow() {
      wx.openSetting()
    },
    call(event: WechatMiniprogram.BaseEvent) {
      wx.makePhoneCall({ phoneNumber: event.currentTarget.dataset.phone as string })
    },
    map(event: WechatMiniprogram.BaseEvent) {
      const found = this.data.every.find((one) => one.id === event.currentTarget.dataset.id)
      if (!found?.position) return
      const [latitude, longitude] = found.position as [number, number] // GCJ-02, as WeChat's map wants it
      wx.openLocation({ latitude, longitude, name: found.name, address: found.address })
    },
  },
})

function shown(found: Window & { far: string }): object {
  const w = words.windows
  const rows = [{ label: w.hours, value: found.hours.join('\n') || w.callForHours }, { label: w.contact, value: found.contact }, { label: w.address, value: found.address }]
  return { ...found, rows: rows.filter((row) => row.value), opens: found.opens_next ? `${moment(found.opens_next)} ${w.opens}` : '', away: away(found) }
}

/** `12月1日 周二 休息：盘点，请避开这一天。之后还有：…` */
function away(found: Window): string {
  const w = words.windows
  if (!found.next_closed) return ''
  const then = found.then_closed.length ? `${w.then}${found.then_closed.map((one) => day(one)).join('、')}。` : ''
  return `${day(found.next_closed)} ${w.closedOn}${found.closed_because ? `：${found.closed_because}` : ''}${w.avoid}${then}`
}
