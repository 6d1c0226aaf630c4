import { entered, type Options } from './entrance'
import { chooseRegion } from './kept'
import { askAgain } from './reading'

App({
  /** The region is chosen by what led here; without a word of it the one of last time stays. */
  onLaunch(options) {
    chooseRegion(entered(options.query as Options).region)
    wx.onNetworkStatusChange(({ isConnected }) => (isConnected ? askAgain() : undefined))
  },
  onShow(options) {
    chooseRegion(entered(options.query as Options).region)
  },
})
