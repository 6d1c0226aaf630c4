/** What a card gives in one category of venues, in words: of one's own what is left of it, of a level what it has each year. */
import type { Schemas } from './api/client'
import { said, words } from './words'

export interface Told {
  category: string
  name: string
  /** What stands at the end of the line, and under it. */
  left: string
  note: string
  limited: boolean
  percentage: number
}

export function toldOf(one: Schemas['Entitled']): Told {
  const w = words.privileges
  const { yearly, left, used } = one
  const limited = yearly !== null && left !== null
  const notes = [limited && used !== null ? said(w.used, { yearly, used }) : '', one.companions ? said(w.companions, { companions: one.companions }) : w.alone]
  return {
    category: one.category, name: one.name, limited, percentage: limited && yearly ? (left * 100) / yearly : 0, note: notes.filter(Boolean).join(' · '),
    left: yearly === null ? w.unlimited : left === null ? said(w.yearly, { yearly }) : said(w.left, { left }),
  }
}
