import { entered, type Options } from './entrance'
import { chooseRegion } from './kept'

App({
  /** The region is chosen by what led here; without a word of it the one of last time stays. */
  onLaunch(options) {
    chooseRegion(entered(options.query as Options).region)
  },
  onShow(options) {
    chooseRegion(entered(options.query as Options).region)
  },
})
