import { ofAddress } from '../../entrance'
import { frame, go, TABS, toast } from '../../frame'
import { chooseRegion, isLarge } from '../../kept'
import { words } from '../../words'

/** Whoever opens the mini program without a word of a region: any address of ours says which. */
Component({
  data: { ...frame(), w: words },
  methods: {
    onShow() {
      this.setData({ large: isLarge() })
    },
    scan() {
      wx.scanCode({ success: (found) => this.enter(found.result) })
    },
    enter(read: string) {
      const found = ofAddress(read)
      if (!found.region) return toast(words.scan.unknown)
      chooseRegion(found.region)
      if (found.board) go(`/pages/scan/scan?code=${found.board}`)
      else wx.reLaunch({ url: TABS[0] })
    },
  },
})
