import { words } from '../../words'

/** What went wrong, the way on and whom to call; while nothing has come yet, that something will, and when it takes long, that it is the network. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { problem: { type: Object, value: null as unknown as object }, loading: Boolean, slow: Boolean },
  data: { w: { retry: words.retry, searching: words.searching, slow: words.slow, call: words.call } },
  methods: {
    again() {
      this.triggerEvent('again')
    },
    call() {
      wx.makePhoneCall({ phoneNumber: (this.data.problem as unknown as { phone: string }).phone })
    },
  },
})
