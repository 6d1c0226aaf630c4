import { call, type Schemas } from '../../api/client'
import type { Enclosure, Place } from '../../files'
import { filled, offersOf, type Choice, type Values } from '../../forms'
import { act, back, show, toast } from '../../frame'
import { filling } from '../../reading'
import { words } from '../../words'

/** One section: its rows in words with their files, and the form of a row. */
Component({
  behaviors: [filling],
  data: {
    w: words.dossier, code: '', section: null as Schemas['SectionOpened'] | null, editing: false, mends: 0, number: null as number | null, values: {} as Values,
    place: {} as Place, files: {} as Record<string, Enclosure[]>, offered: {} as Record<string, Choice[]>, none: [] as Choice[], fixed: {} as Record<string, boolean>, errors: {} as Record<string, string>, busy: false,
  },
  methods: {
    /** With a `number` the form of that row is opened at once, and saving leads back: what is to be mended was tapped elsewhere. */
    onLoad(options: { section?: string; number?: string }) {
      this.setData({ code: options.section ?? '', place: { dossier: options.section ?? '' }, mends: Number(options.number ?? 0) })
    },
    async load() {
      await show(this, async () => {
        const section = await call('get', '/{region}/api/dossier/{section}', { path: { section: this.data.code } })
        wx.setNavigationBarTitle({ title: section.name })
        return { section, offered: offersOf(section.form, section), fixed: Object.fromEntries(section.fixed.map((name) => [name, true])) }
      })
      if (this.data.mends && this.data.section && !this.data.editing) this.open(this.data.mends)
    },
    edit(event: WechatMiniprogram.BaseEvent) {
      this.open(event.currentTarget.dataset.number as number)
    },
    open(number: number) {
      const row = this.data.section?.filled.find((one) => one.number === number)
      if (row) this.setData({ editing: true, number, values: { ...row.values }, files: row.files, errors: {} })
    },
    add() {
      this.setData({ editing: true, number: null, values: {}, files: {}, errors: {} })
    },
    changed(event: WechatMiniprogram.CustomEvent<{ field: string; value: unknown }>) {
      const { field, value } = event.detail
      this.setData({ values: { ...this.data.values, [field]: value }, errors: { ...this.data.errors, [field]: '' } })
    },
    async save() {
      const { section, number, code } = this.data
      if (!section) return
      const values = filled(section.form, this.data.values)
      if (!(await act(this, () => call('post', '/{region}/api/dossier/{section}/rows', { path: { section: code }, body: { seen: section.version, number, values } })))) return
      toast(words.dossier.saved)
      if (this.data.mends) return back()
      this.setData({ editing: false })
      await this.load()
    },
    async remove(event: WechatMiniprogram.BaseEvent) {
      const number = event.currentTarget.dataset.number as number
      const asked = await wx.showModal({ title: words.dossier.sure, content: words.dossier.submittedStay })
      const seen = this.data.section?.version ?? 0
      if (!asked.confirm || !(await act(this, () => call('post', '/{region}/api/dossier/{section}/rows/remove', { path: { section: this.data.code }, body: { seen, number } })))) return
      toast(words.dossier.removed)
      await this.load()
    },
  },
})
