import type { Schemas } from '../../api/client'
import { moment } from '../../dates'
import { words } from '../../words'

type Line = Partial<Schemas['CaseLine'] & Schemas['TodoLine']>
const THEMES: Record<string, string> = { completed: 'primary', handling: 'danger', returned: 'warning', rejected: 'warning' }

/** A case in a list: what, where it stands, whose turn, by when. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { line: { type: Object, value: {} as Line } },
  data: { w: { claimed: words.desk.claimed, rate: words.case.pleaseRate }, theme: 'default', due: '' },
  observers: {
    line(line: Line) {
      this.setData({ theme: THEMES[line.state ?? 'handling'] ?? 'default', due: moment(line.due_at) })
    },
  },
  methods: {
    open() {
      this.triggerEvent('open', { id: this.data.line.id })
    },
  },
})
