import { call, key, type Schemas } from '../../api/client'
import type { Enclosure, Place } from '../../files'
import { filled, inWords, offersOf, type Choice } from '../../forms'
import { act, go, show, toast } from '../../frame'
import { mending } from '../../reading'
import { placeOf } from '../../sections'
import { askToTell, toAsk } from '../../subscriptions'
import { said, words } from '../../words'

type Matter = Schemas['MatterOpened']

/** One matter: what is lacking with the way to it, 数据同步, its own form, who will review it and why, a look at it all, and once only: 提交. */
Component({
  behaviors: [mending],
  data: {
    w: words.apply, along: words.case.along, form: words.request, saveWord: words.dossier.save, code: '', shown: null as Matter | null, offered: {} as Record<string, Choice[]>, none: [] as Choice[], place: {} as Place,
    files: {} as Record<string, Enclosure[]>, gaps: '', copied: '', ready: false, reviewing: false, answers: [] as object[], templates: [] as string[], once: '',
  },
  methods: {
    onLoad(options: { matter?: string }) {
      this.setData({ code: options.matter ?? '', place: { matter: options.matter ?? '' }, once: key() })
    },
    load() {
      return show(this, async () => {
        const shown = await call('get', '/{region}/api/apply/{matter}', { path: { matter: this.data.code } })
        wx.setNavigationBarTitle({ title: shown.name })
        this.data.templates = await toAsk()
        return { shown, values: shown.values, files: shown.files, offered: offersOf(shown.form, shown), ...standing(shown) }
      })
    },
    changed(event: WechatMiniprogram.CustomEvent<{ field: string; value: unknown }>) {
      const { field, value } = event.detail
      this.setData({ values: { ...this.data.values, [field]: value }, errors: { ...this.data.errors, [field]: '' }, once: key() })
    },
    fill(event: WechatMiniprogram.BaseEvent) {
      go(placeOf(event.currentTarget.dataset as { section: string; number: number | null }))
    },
    look() {
      wx.redirectTo({ url: `/pages/case/case?id=${this.data.shown?.open ?? ''}` })
    },
    async synchronise() {
      const { code, shown, values } = this.data
      if (!(await act(this, () => call('post', '/{region}/api/apply/{matter}/sync', { path: { matter: code }, body: { seen: shown?.version ?? 0 } })))) return
      toast(words.apply.copied)
      await this.load()
      this.setData({ values })
    },
    async save() {
      const { code, shown } = this.data
      const form = filled(shown?.form ?? [], this.data.values)
      if (!(await act(this, () => call('post', '/{region}/api/apply/{matter}', { path: { matter: code }, body: { seen: shown?.version ?? 0, form } })))) return
      toast(words.apply.saved)
      await this.load()
    },
    review() {
      const { shown, values, offered } = this.data
      this.setData({ reviewing: true, answers: inWords(shown?.form ?? [], values, offered) })
    },
    edit() {
      this.setData({ reviewing: false })
    },
    /** Refused: what was typed stands as it was, with what is wrong beside it. */
    async submit() {
      const { code, shown, once } = this.data
      const form = filled(shown?.form ?? [], this.data.values)
      await askToTell(this.data.templates)
      this.data.templates = []
      let id = ''
      const done = await act(this, async () => { ({ id } = await call('post', '/{region}/api/apply/{matter}/submit', { path: { matter: code }, body: { seen: shown?.version ?? 0, form }, once })) })
      if (!done) return this.edit()
      toast(words.apply.submitted)
      wx.redirectTo({ url: `/pages/case/case?id=${id}` })
    },
  },
})

/** What is still to be done before it can be submitted. */
function standing(shown: Matter): { gaps: string; copied: string; ready: boolean } {
  const whole = shown.gaps.length === 0
  return {
    gaps: whole ? words.dossier.whole : said(words.dossier.lacking, { count: shown.gaps.length }), ready: whole && (!shown.synchronises || (shown.synchronised !== null && !shown.outdated)),
    copied: shown.synchronised === null ? words.apply.copyHow : shown.outdated ? words.apply.outdated : said(words.apply.inStep, { number: shown.synchronised }),
  }
}
