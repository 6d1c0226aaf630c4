import { words } from '../../words'

/** What went wrong, and the way on; while nothing has come yet, that something will. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { problem: { type: Object, value: null as unknown as object }, loading: Boolean },
  data: { w: { retry: words.retry, searching: words.searching } },
  methods: {
    again() {
      this.triggerEvent('again')
    },
  },
})
