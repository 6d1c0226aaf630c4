/** What stays on this phone: the region, the login of each region, the size of letters. Nothing about a person beside her token. */
import { deployment } from './deployment'

const REGION = 'region'
const LARGE = 'large-type'

export function region(): string {
  return (wx.getStorageSync(REGION) as string) || deployment().region
}

export function chooseRegion(code: string): void {
  if (code) wx.setStorageSync(REGION, code)
}

export function token(): string {
  return (wx.getStorageSync(`token.${region()}`) as string) || ''
}

export function keepToken(value: string): void {
  wx.setStorageSync(`token.${region()}`, value)
}

export function forgetToken(): void {
  wx.removeStorageSync(`token.${region()}`)
}

export function isLarge(): boolean {
  return wx.getStorageSync(LARGE) === true
}

export function setLarge(large: boolean): void {
  wx.setStorageSync(LARGE, large)
}
