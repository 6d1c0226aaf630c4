import { ofAddress } from './entrance'
import { go } from './frame'

/** WeChat's scanner, held over a board. What was read goes to the product as it is, which alone says whether it is one of ours. */
export async function scan(): Promise<void> {
  const read = await new Promise<string>((resolve) => wx.scanCode({ scanType: ['qrCode'], success: (found) => resolve(found.result || found.path), fail: () => resolve('') }))
  if (read) go(`/pages/scan/scan?code=${encodeURIComponent(ofAddress(read).board || read)}`)
}
