import type { Schemas } from '../../api/client'
import { said, words } from '../../words'

type Part = Schemas['PartRead']
type Shown = Part & { told: string; changed: boolean; rows: (Schemas['RowRead'] & { title: string; fresh: boolean; ticked: string[] })[] }

/** The sections of a dossier as they were submitted, folded. `marking`: what a return is about is ticked, and `marked` carries all of it. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { parts: { type: Array, value: [] as Part[] }, compared: Boolean, marking: Boolean, marked: { type: Array, value: [] as string[] } },
  data: { w: words.submitted, shown: [] as Shown[], open: {} as Record<string, boolean> },
  observers: {
    'parts, compared, marked'(parts: Part[], compared: boolean, marked: string[]) {
      this.setData({ shown: parts.map((part) => shown(part, compared, new Set(marked))) })
    },
  },
  methods: {
    fold(event: WechatMiniprogram.BaseEvent) {
      const section = event.currentTarget.dataset.section as string
      this.setData({ open: { ...this.data.open, [section]: !this.data.open[section] } })
    },
    tick(event: WechatMiniprogram.CustomEvent<{ value: string[] }>) {
      const { section, number } = event.currentTarget.dataset as { section: string; number: number }
      const row = this.data.shown.find((one) => one.section === section)?.rows.find((one) => one.number === number)
      const here = new Set(row?.fields.map((one) => one.field))
      this.triggerEvent('mark', { marked: [...(this.data.marked as string[]).filter((one) => !here.has(one)), ...event.detail.value] })
    },
  },
})

function shown(part: Part, compared: boolean, marked: Set<string>): Shown {
  const w = words.submitted
  const rows = part.rows.map((row) => ({ ...row, title: part.repeats ? said(w.row, { number: row.number }) : '', fresh: compared && row.added, ticked: row.fields.map((one) => one.field).filter((one) => marked.has(one)) }))
  const changed = compared && (part.removed.length > 0 || part.rows.some((row) => row.added || row.fields.some((one) => one.was !== null)))
  return { ...part, rows, changed, told: part.repeats ? said(words.dossier.rows, { rows: part.rows.length }) : '' }
}
