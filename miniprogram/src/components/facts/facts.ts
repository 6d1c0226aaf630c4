import { look, type Enclosure } from '../../files'
import { words } from '../../words'

export interface Fact {
  label: string
  value: string
  /** What stood there in the version in force; of a registration, that it was put right since the return. */
  was?: string | null
  corrected?: boolean
  /** What a return found wrong with it. */
  fault?: string
  files?: Enclosure[]
}

/** Label and value, line by line; files are opened by a tap. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { rows: { type: Array, value: [] as Fact[] } },
  data: { w: words.submitted },
  methods: {
    look(event: WechatMiniprogram.BaseEvent) {
      return look(event.currentTarget.dataset.file as Enclosure)
    },
  },
})
