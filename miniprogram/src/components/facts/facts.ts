import { look, type Enclosure } from '../../files'

export interface Fact {
  label: string
  value: string
  /** What a return found wrong with it. */
  fault?: string
  files?: Enclosure[]
}

/** Label and value, line by line; files are opened by a tap. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { rows: { type: Array, value: [] as Fact[] } },
  methods: {
    look(event: WechatMiniprogram.BaseEvent) {
      return look(event.currentTarget.dataset.file as Enclosure)
    },
  },
})
