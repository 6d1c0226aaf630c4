import { call, key, type Schemas } from '../../api/client'
import { day, span } from '../../dates'
import type { Enclosure, Place } from '../../files'
import { filled, inWords, type Choice, type Shape, type Values } from '../../forms'
import { act, show, toast } from '../../frame'
import { isPlaced, locate, nearestFirst, type Spot } from '../../nearest'
import { filling } from '../../reading'
import { askToTell, toAsk } from '../../subscriptions'
import { said, words } from '../../words'

interface Options {
  /** A new booking of this service … */
  service?: string
  /** … or the answer to the return of this case. */
  case?: string
}

/** 申请: need, district → window → slot, a look at it all, and once only: 提交预约. The same form answers a return, with the window's marks on it. */
Component({
  behaviors: [filling],
  data: {
    w: words.request, serviceId: '', caseId: '', seen: 0, subject: '', form: [] as Shape[], values: {} as Values, offered: {} as Record<string, Choice[]>, none: [] as Choice[],
    districts: {} as Record<string, string>, districtChosen: true, elsewhere: false, slotsTold: '', errors: {} as Record<string, string>, marks: {} as Record<string, string>, returned: '', templates: [] as string[], place: {} as Place, files: {} as Record<string, Enclosure[]>,
    answers: [] as object[], reviewing: false, busy: false, once: '', bring: '',
    near: words.near, allowWord: words.allowPosition, every: [] as Schemas['Window'][], spot: null as Spot | null, nearby: false, told: words.near.how, refused: false,
  },
  methods: {
    onLoad(options: Options) {
      this.setData({ serviceId: options.service ?? '', caseId: options.case ?? '', once: key() })
    },
    load() {
      return show(this, async () => {
        if (this.data.caseId) await this.begun()
        const service = await call('get', '/{region}/api/services/{service_id}', { path: { service_id: this.data.serviceId } })
        wx.setNavigationBarTitle({ title: `${this.data.caseId ? words.request.correct : words.request.title + service.name}` })
        this.setData({ place: this.data.caseId ? { booking: this.data.caseId } : { service: this.data.serviceId }, form: service.form, subject: service.name, districts: service.districts })
        const every = service.form.some((one) => one.type === 'organisation') ? (await call('get', '/{region}/api/services/{service_id}/windows', { path: { service_id: this.data.serviceId } })).items : []
        this.setData({ every, nearby: every.filter(isPlaced).length > 1, bring: service.materials.length ? `${words.request.bring}${service.materials.join('、')}。` : '' })
        await this.offer()
        this.data.templates = await toAsk()
        return {}
      })
    },
    /** What was submitted, and what the window wants otherwise. */
    async begun() {
      const found = await call('get', '/{region}/api/bookings/{case_id}', { path: { case_id: this.data.caseId } })
      const marks = Object.fromEntries(found.form.filter((one) => one.fault).map((one) => [one.field, `${words.request.mark}${one.fault}`]))
      const returned = [...found.history].reverse().find((one) => one.action === 'return')?.opinion ?? ''
      const files = Object.fromEntries(found.form.map((one) => [one.field, one.files]))
      this.setData({ files, serviceId: found.service_id ?? '', seen: found.version, values: found.values, marks, returned })
    },
    changed(event: WechatMiniprogram.CustomEvent<{ field: string; value: unknown }>) {
      return this.fill(event.detail.field, event.detail.value)
    },
    fill(field: string, value: unknown) {
      const type = this.data.form.find((one) => one.field === field)?.type
      const void_ = type === 'district' ? ['organisation', 'slot'] : type === 'organisation' ? ['slot'] : []
      const emptied = Object.fromEntries(this.data.form.filter((one) => void_.includes(one.type)).map((one) => [one.field, '']))
      this.setData({ values: { ...this.data.values, ...emptied, [field]: value }, errors: { ...this.data.errors, [field]: '' }, once: key() })
      return type === 'district' || type === 'organisation' ? this.offer() : undefined
    },
    /** What can be chosen: windows follow from the district, slots from the window. */
    async offer() {
      const of = (type: string): Shape | undefined => this.data.form.find((one) => one.type === type)
      const [district, window, slot] = [of('district'), of('organisation'), of('slot')]
      const chosen = (shape: Shape | undefined): string => (shape ? String(this.data.values[shape.field] ?? '') : '')
      const path = { service_id: this.data.serviceId }
      const offered: Record<string, Choice[]> = {}
      let [elsewhere, slotsTold] = [false, '']
      if (district) offered[district.field] = Object.entries(this.data.districts).map(([value, label]) => ({ value, label }))
      const districtChosen = !district || chosen(district) !== ''
      if (window && districtChosen) {
        const found = await call('get', '/{region}/api/services/{service_id}/windows', { path, query: { district: chosen(district) || undefined } })
        offered[window.field] = nearestFirst(found.items, this.data.spot).map(asChoice)
        elsewhere = found.elsewhere ?? false
      }
      if (slot) {
        const found = chosen(window) ? await call('get', '/{region}/api/services/{service_id}/slots', { path, query: { window: chosen(window) } }) : null
        offered[slot.field] = (found?.items ?? []).map((one) => ({ value: one.id, label: `${day(one.starts_at)} ${span(one.starts_at, one.ends_at)}` }))
        slotsTold = found ? (found.items.length ? '' : words.request.full) : words.request.pickWindow
      }
      this.setData({ offered, elsewhere, slotsTold, districtChosen })
    },
    /** Of all windows that do it: with the nearest one its district is chosen, too. */
    async find() {
      this.setData({ told: words.near.finding, refused: false })
      const found = await locate()
      if (!found.spot) return this.setData({ told: found.told, refused: found.refused })
      const [first] = nearestFirst(this.data.every, found.spot)
      const of = (type: string): string => this.data.form.find((one) => one.type === type)?.field ?? ''
      const district = of('district')
      this.setData({ spot: found.spot, told: said(words.near.chosen, { far: first.far }) })
      if (district && this.data.values[district] !== first.district_code) await this.fill(district, first.district_code)
      await this.fill(of('organisation'), first.id)
    },
    allow() {
      wx.openSetting()
    },
    review() {
      this.setData({ reviewing: true, answers: inWords(this.data.form, this.data.values, this.data.offered) })
    },
    edit() {
      this.setData({ reviewing: false })
    },
    /** Refused: what was typed stands as it was, with what is wrong beside it. */
    async submit() {
      const { caseId, once, seen } = this.data
      const form = filled(this.data.form, this.data.values)
      let id = caseId
      await askToTell(this.data.templates)
      this.data.templates = []
      const done = await act(this, async () => {
        const moved: Schemas['Moved'] = caseId
          ? await call('post', '/{region}/api/bookings/{case_id}/resubmit', { path: { case_id: caseId }, body: { seen, form }, once })
          : await call('post', '/{region}/api/bookings', { body: { service: this.data.serviceId, form }, once })
        id = moved.id
      })
      if (!done) return this.edit()
      toast(caseId ? words.case.resubmitted : words.case.submitted)
      wx.redirectTo({ url: `/pages/case/case?id=${id}` })
    },
  },
})

function asChoice(window: Schemas['Window'] & { far: string }): Choice {
  const w = words.request
  return { value: window.id, label: window.name, note: [window.far, window.open_now ? w.open : w.closed, window.hours.join('；')].filter(Boolean).join(' · ') }
}
