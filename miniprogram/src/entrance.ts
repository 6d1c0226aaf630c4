import { deployment } from './deployment'

/** What led somebody here: a region, and perhaps the board that she scanned. */
export interface Entered {
  region: string
  /** Code of the board; the server says whether it is one of ours. */
  board: string
}

/** What WeChat hands to the first page: `q` of an ordinary link, `scene` of a mini-program code. */
export interface Options {
  q?: string
  scene?: string
  region?: string
}

const REGION = /^[a-z][a-z0-9_]{0,31}$/
const BOARD = /^[0-9A-Za-z-]{20,40}$/
/** Far more than an address of ours, encoded twice. */
const LONGEST = 1024

/**
 * Both ways in end here. `q` is the whole address, encoded once more by WeChat and by some scanners once again; `scene` is `r.<region>` or
 * `v.<code>` (32 characters hold no more). All of it is hostile: another host, a longer path, a query make it nothing.
 */
export function entered(options: Options): Entered {
  if (options.q) return ofAddress(options.q)
  const [kind, value] = split(decoded(options.scene ?? ''))
  if (kind === 'r' && REGION.test(value)) return { region: value, board: '' }
  if (kind === 'v' && BOARD.test(value)) return { region: '', board: value }
  return { region: options.region && REGION.test(options.region) ? options.region : '', board: '' }
}

/** `https://host/<region>/v/<code>` as a scanner reads it, or encoded once or twice; also `https://host/<region>/…`, for the region alone. */
export function ofAddress(text: string): Entered {
  const ours = `${deployment().host}/`
  const address = text.length > LONGEST ? '' : decoded(decoded(text)).trim()
  const [region = '', kind = '', code = '', ...more] = address.startsWith(ours) ? address.slice(ours.length).split('/') : []
  if (!REGION.test(region)) return { region: '', board: '' }
  return { region, board: kind === 'v' && BOARD.test(code) && more.length === 0 ? code : '' }
}

function split(scene: string): [string, string] {
  const dot = scene.indexOf('.')
  return dot < 0 ? ['', ''] : [scene.slice(0, dot), scene.slice(dot + 1)]
}

/** A stray percent sign is no encoding: such a text stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
