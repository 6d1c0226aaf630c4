/**
 * The nearest window 离我最近的窗口. Where she is is asked of WeChat when she taps, compared on this phone with where the windows are, and forgotten with the
 * page: the product never hears of it. WeChat's fuzzy position is enough to tell which window is near, and it asks for less than the exact one.
 */
import { said, words } from './words'

/** Degrees, GCJ-02 as the windows have them. */
export interface Spot {
  latitude: number
  longitude: number
}

/** Where she is; or why that is not known, and whether WeChat's settings would change it. */
export type Located = { spot: Spot } | { spot: null; told: string; refused: boolean }

interface Place {
  position?: unknown
}

const EARTH_KM = 6371
const radians = (degrees: number): number => (degrees * Math.PI) / 180

export function locate(): Promise<Located> {
  return new Promise((resolve) => wx.getFuzzyLocation({
    type: 'gcj02', success: ({ latitude, longitude }) => resolve({ spot: { latitude, longitude } }),
    fail: ({ errMsg }) => {
      const refused = /auth|privacy/.test(errMsg)
      resolve({ spot: null, told: refused ? words.near.refused : words.near.lost, refused })
    },
  }))
}

/** Nearest first; what has no place on the map stands last, in the order in which it came. */
export function nearestFirst<T extends Place>(places: T[], spot: Spot | null): (T & { far: string })[] {
  const away = new Map(places.map((one) => [one, spot ? kilometres(spot, one) : Infinity]))
  const sorted = spot ? [...places].sort((one, other) => rank(away.get(one)) - rank(away.get(other))) : places
  return sorted.map((one) => ({ ...one, far: inWords(away.get(one) ?? Infinity) }))
}

export function isPlaced(one: Place): boolean {
  return Array.isArray(one.position)
}

/** Infinity less Infinity is no number. */
function rank(km = Infinity): number {
  return Math.min(km, Number.MAX_VALUE)
}

/** On the great circle. */
function kilometres(spot: Spot, place: Place): number {
  if (!isPlaced(place)) return Infinity
  const [latitude, longitude] = place.position as [number, number]
  const half = Math.sin(radians(latitude - spot.latitude) / 2) ** 2 + Math.cos(radians(spot.latitude)) * Math.cos(radians(latitude)) * Math.sin(radians(longitude - spot.longitude) / 2) ** 2
  return 2 * EARTH_KM * Math.asin(Math.sqrt(half))
}

/** In whole kilometres: a fuzzy position knows no metres. */
function inWords(km: number): string {
  if (km === Infinity) return ''
  return km < 1 ? words.withinOne : said(words.near.far, { km: Math.round(km) })
}
