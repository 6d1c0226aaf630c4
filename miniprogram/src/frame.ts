/** What every page has around its content: waiting, what went wrong, the size of letters, and the ways to login and terms. */
import { Refused } from './api/client'
import { isLarge, region } from './kept'
import { silently } from './login'

export interface Problem {
  text: string
  /** Whether asking again may help. */
  again: boolean
}

export interface Frame {
  large: boolean
  loading: boolean
  problem: Problem | null
}

interface Page {
  setData(data: Record<string, unknown>): void
}

export const LOGIN = '/pages/login/login'
export const TERMS = '/pages/terms/terms'
export const ENTER = '/pages/enter/enter'
export const TABS = ['/pages/home/home', '/pages/cases/cases', '/pages/me/me']

/** Before anything was asked. */
export function frame(): Frame {
  return { large: false, loading: true, problem: null }
}

/**
 * Asks, and shows what came: `shape` turns the answer into what the page draws. Who is not logged in comes in by her WeChat and is asked
 * again once; where that is not possible she is led to the login, and back here afterwards.
 */
export async function show(page: Page, work: () => Promise<Record<string, unknown>>): Promise<void> {
  page.setData({ large: isLarge() })
  if (!region()) return go(ENTER)
  try {
    page.setData({ ...(await allowed(work)), loading: false, problem: null })
  } catch (refusal) {
    page.setData({ loading: false, problem: problemOf(refusal) })
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
    if (refusal.code === 'terms_owed') lead(TERMS)
    if (refusal.status !== 401) throw refusal
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

function lead(url: string): void {
  const there = getCurrentPages().at(-1)?.route
  if (there && url === `/${there}`) return
  wx.navigateTo({ url })
}

function problemOf(refusal: unknown): Problem {
  if (!(refusal instanceof Refused)) throw refusal
  return { text: refusal.message, again: refusal.status === 0 || refusal.status >= 500 || refusal.status === 401 }
}
