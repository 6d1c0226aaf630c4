import { words } from '../../words'

/** A rating being given; `rated` carries what was chosen and said. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { busy: Boolean, errors: { type: Object, value: {} } },
  data: { w: words.case, stars: 0, text: '' },
  methods: {
    rate(event: WechatMiniprogram.CustomEvent<{ value: number }>) {
      this.setData({ stars: event.detail.value })
    },
    write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ text: event.detail.value })
    },
    submit() {
      this.triggerEvent('rated', { stars: this.data.stars, words: this.data.text })
    },
  },
})
