/** Moments as the phone writes them, in the time of the offices: China has one, without summer time. */
const OFFSET = 8 * 3600_000
const DAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']

/** `11月23日 周一 09:30`; the year is said where it is another one. */
export function moment(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return ''
  const local = new Date(Date.parse(iso) + OFFSET)
  return `${date(local, now)} ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`
}

/** `11月23日 周一`, of a plain date or of a moment. */
export function day(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return ''
  return date(iso.length === 10 ? new Date(`${iso}T00:00:00Z`) : new Date(Date.parse(iso) + OFFSET), now)
}

/** `09:30–10:00`. */
export function span(from: string, to: string): string {
  return `${clock(from)}–${clock(to)}`
}

function clock(iso: string): string {
  const local = new Date(Date.parse(iso) + OFFSET)
  return `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`
}

function date(local: Date, now: number): string {
  const year = local.getUTCFullYear() === new Date(now + OFFSET).getUTCFullYear() ? '' : `${local.getUTCFullYear()}年`
  return `${year}${local.getUTCMonth() + 1}月${local.getUTCDate()}日 ${DAYS[local.getUTCDay()]}`
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
