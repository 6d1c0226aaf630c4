import { call, type Schemas } from '../../api/client'
import { day } from '../../dates'
import { entered, type Options } from '../../entrance'
import { go, show } from '../../frame'
import { toldOf } from '../../given'
import { chooseRegion, keepHelpline, token } from '../../kept'
import { reading } from '../../reading'
import { scan } from '../../scanning'
import { words } from '../../words'

type Shelf = Schemas['Category']
const ALL = ''
const TYPING = 300
const MOST_WAITING = 3

/** 服务: the card and what is left of what it gives, what waits for her, the scan, the newest notice and the catalogue; works without login. A board that WeChat's own scanner read leads on to its page. */
Component({
  behaviors: [reading],
  data: {
    w: words.home, unreadWord: words.notices.unread, phoneWord: words.phone, here: {} as Partial<Schemas['Here']>, card: null as Schemas['MyCard'] | null, atDesk: false, loggedIn: false, talent: false, gives: [] as object[], waits: [] as object[], givesWord: words.privileges.title,
    news: null as Schemas['NoticeLine'] | null, newsWhen: '', unread: '', typed: '', chosen: ALL, shelves: [] as Shelf[], shown: [] as Shelf[],
    tabs: [] as { code: string; name: string }[], timer: 0,
  },
  methods: {
    onLoad(options: Options) {
      const found = entered(options)
      chooseRegion(found.region)
      if (found.board) go(`/pages/scan/scan?code=${found.board}`)
    },
    load() {
      return show(this, async () => {
        const [here, catalogue, notices, me] = await Promise.all([
          call('get', '/{region}/api/region', {}), call('get', '/{region}/api/catalogue', { query: { words: this.data.typed } }),
          call('get', '/{region}/api/notices', {}), token() ? call('get', '/{region}/api/me', {}) : null,
        ])
        wx.setNavigationBarTitle({ title: here.scheme })
        keepHelpline(here.phone)
        const news = notices.items[0] ?? null
        const talent = me?.kind === 'talent'
        const lines = talent ? (await call('get', '/{region}/api/bookings', {})).items : []
        return {
          here, news, newsWhen: day(news?.published_at), unread: notices.unread ? `${notices.unread} ${words.home.unread}` : '', shelves: catalogue.items,
          talent, gives: me?.card?.usable ? me.entitlements.map(toldOf) : [], waits: lines.filter((one) => one.to_rate || one.state === 'returned').slice(0, MOST_WAITING).map(waiting),
          card: me?.card ?? null, loggedIn: me !== null, atDesk: (me?.roles.length ?? 0) > 0, ...narrowed(catalogue.items, this.data.chosen),
          tabs: [{ code: ALL, name: words.home.everything }, ...catalogue.items],
        }
      })
    },
    search(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ typed: event.detail.value, chosen: ALL })
      clearTimeout(this.data.timer)
      this.data.timer = setTimeout(() => void this.load(), TYPING) as unknown as number
    },
    clear() {
      this.setData({ typed: '', chosen: ALL })
      return this.load()
    },
    choose(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData(narrowed(this.data.shelves, event.detail.value))
    },
    open(event: WechatMiniprogram.BaseEvent) {
      go(event.currentTarget.dataset.url as string)
    },
    turned(event: WechatMiniprogram.CustomEvent<{ large: boolean }>) {
      this.setData(event.detail)
    },
    openCard() {
      go('/pages/card/card')
    },
    scan() {
      return scan()
    },
    call() {
      wx.makePhoneCall({ phoneNumber: this.data.here.phone ?? '' })
    },
  },
})

function waiting(line: Schemas['CaseLine']): object {
  return { id: line.id, title: line.subject, note: line.to_rate ? words.home.waitsRating : words.home.waitsReturned, icon: line.to_rate ? 'star' : 'hourglass' }
}

function narrowed(shelves: Shelf[], chosen: string): { chosen: string; shown: Shelf[] } {
  return { chosen, shown: shelves.filter((shelf) => chosen === ALL || shelf.code === chosen) }
}
