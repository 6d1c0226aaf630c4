/** What every page has around its content: waiting, what went wrong and whom to call, the size of letters, and the ways to login, proof of identity and terms. */
import { Refused, UNREACHABLE } from './api/client'
import { helpline, isLarge, region } from './kept'
import { silently } from './login'

export interface Problem {
  text: string
  /** Whether asking again may help. */
  again: boolean
  /** Who helps; empty while the region has not been heard of yet. */
  phone: string
}

export interface Frame {
  large: boolean
  loading: boolean
  /** It takes long: that is said. */
  slow: boolean
  /** What the page is about has been shown once. */
  loaded: boolean
  problem: Problem | null
}

interface Page {
  setData(data: Record<string, unknown>): void
}

export const LOGIN = '/pages/login/login'
export const TERMS = '/pages/terms/terms'
export const CONFIRM = '/pages/confirm/confirm'
export const ENTER = '/pages/enter/enter'
export const TABS = ['/pages/home/home', '/pages/cases/cases', '/pages/me/me']
/** What the product says to somebody without a session, or with one that is over. */
const NOBODY = 'not_logged_in'
const SLOW_AFTER = 4_000

/** Before anything was asked. */
export function frame(): Frame {
  return { large: false, loading: true, slow: false, loaded: false, problem: null }
}

/** Which question of a page is the last one: the answer to an earlier one, come late, is not shown over it. */
const asked = new WeakMap<object, number>()

/**
 * Asks, and shows what came: `work` turns the answer into what the page draws. Who is not logged in comes in by her WeChat and is asked
 * again once; where that is not possible she is led to the login, and back here afterwards.
 */
export async function show(page: Page, work: () => Promise<Record<string, unknown>>): Promise<void> {
  const mine = (asked.get(page) ?? 0) + 1
  asked.set(page, mine)
  const last = (): boolean => asked.get(page) === mine
  page.setData({ large: isLarge() })
  if (!region()) return go(ENTER)
  const slow = setTimeout(() => page.setData({ slow: true }), SLOW_AFTER)
  try {
    const found = await allowed(work)
    if (last()) page.setData({ ...found, loading: false, loaded: true, problem: null })
  } catch (refusal) {
    if (last()) page.setData({ loading: false, problem: problemOf(refusal) })
  } finally {
    clearTimeout(slow)
    if (last()) page.setData({ slow: false })
  }
}

/** An act: what was refused stands beside its field (`errors`) and on top (`problem`). True: it is done. */
export async function act(page: Page, work: () => Promise<unknown>): Promise<boolean> {
  page.setData({ busy: true, problem: null, errors: {} })
  try {
    await allowed(work)
    page.setData({ busy: false })
    return true
  } catch (refusal) {
    page.setData({ busy: false, problem: problemOf(refusal), errors: refusal instanceof Refused ? refusal.fields : {} })
    return false
  }
}

/** Without it the person is asked to log in; with it the work is done a second time, and only once. */
export async function allowed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal
    if (refusal.code === 'identity_unconfirmed') lead(CONFIRM)
    if (refusal.code === 'terms_owed') lead(TERMS)
    if (refusal.code !== NOBODY) throw refusal
    if (await silently()) return await work()
    lead(LOGIN)
    throw refusal
  }
}

export function go(url: string): void {
  if (TABS.includes(url)) wx.switchTab({ url })
  else wx.navigateTo({ url })
}

/** Back to the page that led here; from a page that nobody led to, home. */
export function back(): void {
  if (getCurrentPages().length > 1) wx.navigateBack()
  else go(TABS[0])
}

export function toast(title: string): void {
  wx.showToast({ title, icon: 'none' })
}

/** A refusal as a page shows it. Raises what is none. */
export function problemOf(refusal: unknown): Problem {
  if (!(refusal instanceof Refused)) throw refusal
  const again = refusal.code === UNREACHABLE || refusal.status >= 500 || refusal.code === NOBODY
  return { text: refusal.message, again, phone: helpline() }
}

function lead(url: string): void {
  const there = getCurrentPages().at(-1)?.route
  if (there && url === `/${there}`) return
  wx.navigateTo({ url })
}
