import { call, key, type Schemas } from '../../api/client'
import type { Enclosure, Place } from '../../files'
import { filled, offersOf, type Choice } from '../../forms'
import { act, go, show, toast } from '../../frame'
import { mending } from '../../reading'
import { placeOf } from '../../sections'
import { said, words } from '../../words'

type Return = Schemas['ReturnOpened']

/** 修改申请 of what was applied for: each thing that was marked with the way to it, what is lacking, the registration, the matter's own form; and back it goes. */
Component({
  behaviors: [mending],
  data: {
    w: words.answer, againWord: words.request.resubmit, lackWord: words.dossier.missing, sectionsWord: words.apply.dossier, id: '', found: null as Return | null, asks: '', admitted: '', how: '',
    marks: {} as Record<string, string>, offered: {} as Record<string, Choice[]>, none: [] as Choice[], files: {} as Record<string, Enclosure[]>, place: {} as Place, once: '',
  },
  methods: {
    onLoad(options: { case?: string }) {
      this.setData({ id: options.case ?? '', place: { booking: options.case ?? '' }, once: key() })
    },
    load() {
      return show(this, async () => {
        const found = await call('get', '/{region}/api/bookings/{case_id}/answer', { path: { case_id: this.data.id } })
        if (!found.allowed) wx.redirectTo({ url: `/pages/case/case?id=${this.data.id}` }) // answered meanwhile
        return { found, values: found.values, files: found.files, offered: offersOf([...found.registered, ...found.form], found), ...told(found) }
      })
    },
    changed(event: WechatMiniprogram.CustomEvent<{ field: string; value: unknown }>) {
      const { field, value } = event.detail
      this.setData({ values: { ...this.data.values, [field]: value }, errors: { ...this.data.errors, [field]: '' }, once: key() })
    },
    mend(event: WechatMiniprogram.BaseEvent) {
      go(placeOf(event.currentTarget.dataset as { section: string; number: number | null }))
    },
    dossier() {
      go('/pages/dossier/dossier')
    },
    /** Refused: what was typed stands as it was, with what is wrong beside it. */
    async submit() {
      const { id, found, values, once } = this.data
      const form = filled([...(found?.registered ?? []), ...(found?.form ?? [])], values)
      if (!(await act(this, () => call('post', '/{region}/api/bookings/{case_id}/answer', { path: { case_id: id }, body: { seen: found?.version ?? 0, form }, once })))) return
      toast(words.case.answered)
      wx.redirectTo({ url: `/pages/case/case?id=${id}` })
    },
  },
})

function told(found: Return): Record<string, unknown> {
  const w = words.answer
  return {
    asks: found.returned ? said(w.asks, { office: found.organisation }) : '', admitted: found.admitted === null ? '' : said(w.admitted, { number: found.admitted }),
    how: `${w.registeredHow}${found.logs_in_by_phone ? w.byPhone : ''}。`, marks: Object.fromEntries(Object.entries(found.faults).map(([field, fault]) => [field, `${words.request.mark}${fault}`])),
  }
}
