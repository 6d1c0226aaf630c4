import { call, type Schemas } from '../../api/client'
import { go, LOGIN, show } from '../../frame'
import { toldOf } from '../../given'
import { token } from '../../kept'
import { reading } from '../../reading'
import { scan } from '../../scanning'
import { said, words } from '../../words'

/** 凭卡可享: what my card opens, where, and what is left of it; for everybody else what each level gives. */
Component({
  behaviors: [reading],
  data: {
    w: words.privileges, scanWord: words.service.use, callWord: words.call, mapWord: words.openMap, openWord: words.windows.open, closedWord: words.windows.closed, found: null as Schemas['Privileges'] | null, lead: '', level: '',
    tabs: [] as { code: string; name: string }[], given: [] as object[], loggedIn: false, phone: '',
  },
  methods: {
    load() {
      return show(this, async () => {
        const [here, found] = await Promise.all([call('get', '/{region}/api/region', {}), call('get', '/{region}/api/privileges', { query: { level: this.data.level || undefined } })])
        const named = { card: found.card_name, level: found.level_name, year: found.year }
        const given = found.given.map((one) => ({ ...one, ...toldOf(one), places: one.places.map((place) => ({ ...place, times: place.hours.join('；') })) }))
        const levels = Object.entries(found.levels).map(([code, name]) => ({ code, name }))
        return { found, given, level: found.level, lead: said(found.mine ? words.privileges.mine : words.privileges.others, named), tabs: found.mine || levels.length < 2 ? [] : levels, loggedIn: token() !== '', phone: here.phone }
      })
    },
    choose(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ level: event.detail.value })
      return this.load()
    },
    call(event: WechatMiniprogram.BaseEvent) {
      wx.makePhoneCall({ phoneNumber: event.currentTarget.dataset.phone as string })
    },
    map(event: WechatMiniprogram.BaseEvent) {
      const place = event.currentTarget.dataset.place as Schemas['VenueShown']
      const [latitude, longitude] = place.position as [number, number] // GCJ-02, as WeChat's map wants it
      wx.openLocation({ latitude, longitude, name: place.name, address: place.address })
    },
    open(event: WechatMiniprogram.BaseEvent) {
      go(`/pages/service/service?id=${event.currentTarget.dataset.id as string}`)
    },
    logIn() {
      go(LOGIN)
    },
    scan() {
      return scan()
    },
  },
})
