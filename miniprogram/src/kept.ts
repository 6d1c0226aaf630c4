/**
 * What stays on this phone: the region and whom to call there, the login of each region, the size of letters, and today's passes, whose holder is
 * masked. Nothing else about a person; logging out takes her login and her passes along.
 */
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

/** The region's number, as it was heard last. */
export function helpline(): string {
  return (wx.getStorageSync(`phone.${region()}`) as string) || ''
}

export function keepHelpline(phone: string): void {
  if (phone !== helpline()) wx.setStorageSync(`phone.${region()}`, phone)
}

export function isLarge(): boolean {
  return wx.getStorageSync(LARGE) === true
}

export function setLarge(large: boolean): void {
  wx.setStorageSync(LARGE, large)
}

/** Passes by their id, as the product said them last. */
export function keptPasses<T>(): Record<string, T> {
  return (wx.getStorageSync(`passes.${region()}`) as Record<string, T>) || {}
}

export function keepPass(id: string, pass: unknown): void {
  wx.setStorageSync(`passes.${region()}`, { ...keptPasses(), [id]: pass })
}

export function forgetPass(id: string): void {
  const { [id]: _, ...others } = keptPasses()
  wx.setStorageSync(`passes.${region()}`, others)
}

export function forgetPasses(): void {
  wx.removeStorageSync(`passes.${region()}`)
}
