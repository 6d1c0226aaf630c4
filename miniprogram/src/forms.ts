/** Forms that a profile declares: how each field is drawn, what is asked for, and what is sent. */
import type { Schemas } from './api/client'
import { said, words } from './words'

export type Shape = Schemas['FieldShape']
export type Values = Record<string, unknown>

export interface Choice {
  value: string
  label: string
  note?: string
}

/** More than these are a list to scroll, not buttons. */
const MOST_BUTTONS = 6
/** Where a field says nothing (`services.cases.forms.MOST_FILES`). */
const MOST_FILES = 10
const TEXTS = new Set(['text', 'number', 'person_id', 'unit_code', 'phone', 'email'])

/** What stands in the place of files that are handed in on paper. */
export const OFFLINE = 'offline'

/** `long`, `text`, `radio`, `several`, `list`, `date`, `yes`, `files`, `unit`, `honour`. */
export function kindOf(shape: Shape, choices: Choice[]): string {
  if (shape.type === 'long_text') return 'long'
  if (TEXTS.has(shape.type)) return 'text'
  if (shape.type === 'date' || shape.type === 'month') return 'date'
  if (shape.type === 'yes_no') return 'yes'
  if (shape.type === 'several') return 'several'
  if (shape.type === 'photo' || shape.type === 'files') return 'files'
  if (shape.type === 'unit' || shape.type === 'honour') return shape.type
  return choices.length && (choices.length < MOST_BUTTONS || choices.some((one) => one.note)) ? 'radio' : 'list'
}

/** As many as the field may have. */
export function mostFiles(shape: Shape): number {
  return shape.type === 'photo' ? 1 : shape.max ?? MOST_FILES
}

/** On paper: as it is sent, and as the product keeps it. */
export function isOffline(value: unknown): boolean {
  return value === OFFLINE || (typeof value === 'object' && value !== null && 'offline' in value)
}

export function choicesOf(shape: Shape): Choice[] {
  return Object.entries(shape.options).map(([value, label]) => ({ value, label }))
}

/** What the fields of a form offer beside their own options: names by code or id, of the region and of the form. */
export interface Offered {
  districts: Record<string, string>
  offices?: Record<string, Record<string, string>>
  honours?: string[]
}

/** Field → its choices, where it has any. */
export function offersOf(form: Shape[], from: Offered): Record<string, Choice[]> {
  const named = (names: Record<string, string>): Choice[] => Object.entries(names).map(([value, label]) => ({ value, label }))
  const of = (one: Shape): Choice[] => (one.type === 'district' ? named(from.districts) : one.type === 'honour' ? (from.honours ?? []).map((title) => ({ value: title, label: title })) : named(from.offices?.[one.field] ?? {}))
  return Object.fromEntries(form.map((one) => [one.field, of(one)] as [string, Choice[]]).filter(([, found]) => found.length))
}

/** Whether the fields before it say what its `when` wants; else it is neither shown nor sent. */
export function isAsked(shape: Shape, values: Values): boolean {
  return Object.entries(shape.when).every(([name, wanted]) => (Array.isArray(wanted) ? wanted.includes(String(values[name])) : (values[name] ?? false) === wanted))
}

/** What goes out: only what is asked for and filled in; a number as a number. */
export function filled(form: Shape[], values: Values): Values {
  const kept = form.filter((shape) => isAsked(shape, values) && !isEmpty(values[shape.field]))
  return Object.fromEntries(kept.map((shape) => [shape.field, shape.type === 'number' ? asNumber(values[shape.field]) : values[shape.field]]))
}

/** As it is read back before it is sent. `offered`: field → what could be chosen there. */
export function inWords(form: Shape[], values: Values, offered: Record<string, Choice[]>): { label: string; value: string }[] {
  const sent = filled(form, values)
  return form.filter((shape) => shape.field in sent).map((shape) => ({ label: shape.label, value: told(shape, sent[shape.field], offered[shape.field] ?? choicesOf(shape)) }))
}

function told(shape: Shape, value: unknown, choices: Choice[]): string {
  if (shape.type === 'yes_no') return value ? words.yes : ''
  if (shape.type === 'photo' || shape.type === 'files') return isOffline(value) ? words.files.byHand : said(words.files.count, { count: (value as string[]).length })
  const label = (one: unknown): string => choices.find((choice) => choice.value === one)?.label ?? String(one)
  return Array.isArray(value) ? value.map(label).join('、') : label(value)
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** What is no number stays as it was typed: the product says beside the field what is wrong with it. */
function asNumber(value: unknown): unknown {
  const number = Number(value)
  return Number.isNaN(number) ? value : number
}
