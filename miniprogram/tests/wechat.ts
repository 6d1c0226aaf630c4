/** WeChat's side of a test: a phone that keeps what it is given, and a product that answers what the test says it answers. */
import { JSDOM } from 'jsdom'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after } from 'node:test'

/** A request as the product would get it. */
export interface Asked {
  verb: string
  path: string
  query: Record<string, string>
  body: unknown
  header: Record<string, string>
}

export interface Answer {
  status?: number
  data: unknown
}

/** `get catalogue` → what is answered there. */
export type Answers = Record<string, Answer | ((asked: Asked) => Answer)>

export const SRC = join(__dirname, '..', 'src')
export const HOST = 'http://127.0.0.1:8000'
/** Every test runs on this day, so that dates are told the same in every year. */
const NOW = Date.parse('2026-11-21T02:00:00Z')
Date.now = () => NOW + performance.now()
const dom = new JSDOM('<!doctype html><body></body>')
const globals = globalThis as Record<string, unknown>
for (const name of ['document', 'Event', 'CustomEvent', 'HTMLElement', 'Node', 'Element', 'MutationObserver']) globals[name] = dom.window[name]
globals.window = Object.assign(dom.window, {
  requestAnimationFrame: (draw: () => void) => setTimeout(draw, 16).unref(), // what is watched for ever keeps no test from ending
})
globals.getApp = () => ({})
globals.getCurrentPages = () => phone.pages
globals.App = () => undefined

/** Where pages were led to, what was asked and said, what is kept. */
export const phone = {
  kept: {} as Record<string, unknown>,
  asked: [] as Asked[],
  led: [] as string[],
  said: [] as string[],
  called: [] as string[],
  pages: [] as { route: string }[],
  scanned: '',
  located: null as unknown,
  /** Where she is; or what WeChat says instead. What she was led to in WeChat's own settings. */
  position: 'getFuzzyLocation:fail auth deny' as { latitude: number; longitude: number } | string,
  settings: 0,
  modal: { confirm: true, content: '' },
  answers: {} as Answers,
  /** What she picks when she is asked for photos or files; what is opened to be looked at. */
  picked: [] as { tempFilePath?: string; path?: string; name?: string; size: number }[],
  opened: [] as string[],
  /** What she answers when WeChat asks whether she wants to be told; what it asked. */
  subscribes: null as Record<string, string> | null,
  subscriptions: [] as string[][],
  extension: {} as Record<string, string>,
  codes: 0,
}

/** A phone as good as new, in region `somewhere`, with the answers that the test gives. */
export function begin(answers: Answers = {}, kept: Record<string, unknown> = { region: 'somewhere' }): typeof phone {
  leave()
  Object.assign(phone, { kept, asked: [], led: [], said: [], called: [], pages: [], scanned: '', located: null, position: 'getFuzzyLocation:fail auth deny', settings: 0, answers, picked: [], opened: [], subscribes: null, subscriptions: [], extension: {}, codes: 0, modal: { confirm: true, content: '' } })
  return phone
}

const simulate = createRequire(__filename)('miniprogram-simulate') as {
  load(path: string, tag: string, options: object): string
  render(id: string, properties?: object): Rendered
  sleep(time: number): Promise<void>
}

export interface Rendered {
  dom: { textContent: string; innerHTML: string }
  instance: Record<string, (...args: unknown[]) => unknown> & { data: Record<string, unknown> }
  attach(parent: unknown): void
  querySelector(selector: string): { dispatchEvent(name: string, options?: object): void; dom: { textContent: string } } | undefined
}

Object.assign((globals.wx ??= {}) as object, {
  getExtConfigSync: () => phone.extension,
  getStorageSync: (name: string) => phone.kept[name] ?? '',
  setStorageSync: (name: string, value: unknown) => { phone.kept[name] = value },
  removeStorageSync: (name: string) => { delete phone.kept[name] },
  login: ({ success }: { success(found: { code: string }): void }) => success({ code: `wx-${++phone.codes}` }),
  navigateTo: ({ url }: { url: string }) => phone.led.push(url),
  redirectTo: ({ url }: { url: string }) => phone.led.push(url),
  switchTab: ({ url }: { url: string }) => phone.led.push(url),
  reLaunch: ({ url }: { url: string }) => phone.led.push(url),
  navigateBack: () => phone.led.push('back'),
  setNavigationBarTitle: () => undefined,
  stopPullDownRefresh: () => undefined,
  showToast: ({ title }: { title: string }) => phone.said.push(title),
  showModal: () => Promise.resolve(phone.modal),
  makePhoneCall: ({ phoneNumber }: { phoneNumber: string }) => phone.called.push(phoneNumber),
  openLocation: (place: unknown) => { phone.located = place },
  getFuzzyLocation: ({ success, fail }: { success(found: object): void; fail(why: { errMsg: string }): void }) => (typeof phone.position === 'string' ? fail({ errMsg: phone.position }) : success(phone.position)),
  openSetting: () => { phone.settings++ },
  scanCode: ({ success, fail }: { success(found: object): void; fail(): void }) => (phone.scanned ? success({ result: phone.scanned }) : fail()),
  requestSubscribeMessage: ({ tmplIds }: { tmplIds: string[] }) => {
    phone.subscriptions.push(tmplIds)
    return phone.subscribes ? Promise.resolve({ errMsg: 'ok', ...phone.subscribes }) : Promise.reject(new Error('20004'))
  },
  onNetworkStatusChange: () => undefined,
  request: (sent: Call & { method: string; data?: unknown }) => asks(sent, sent.method.toLowerCase(), sent.data, (status, data) => sent.success({ statusCode: status, data: structuredClone(data) })),
  uploadFile: (sent: Call & { filePath: string; formData: object }) => {
    asks(sent, 'post', { ...sent.formData, file: sent.filePath }, (status, data) => sent.success({ statusCode: status, data: JSON.stringify(data) }))
    return { onProgressUpdate: (hear: (moved: { progress: number }) => void) => hear({ progress: 40 }) }
  },
  downloadFile: (sent: Call) => asks(sent, 'get', undefined, (status, data) => sent.success({ statusCode: status, tempFilePath: String(data) })),
  chooseMedia: () => (phone.picked.length ? Promise.resolve({ tempFiles: phone.picked }) : Promise.reject(new Error('cancel'))),
  chooseMessageFile: () => (phone.picked.length ? Promise.resolve({ tempFiles: phone.picked }) : Promise.reject(new Error('cancel'))),
  previewImage: ({ urls }: { urls: string[] }) => phone.opened.push(...urls),
  openDocument: ({ filePath }: { filePath: string }) => phone.opened.push(filePath),
})

interface Call {
  url: string
  header: Record<string, string>
  success(found: object): void
  fail(): void
}

/** The product's side of one request. Without an answer there is no network. */
function asks(sent: Call, verb: string, body: unknown, answered: (status: number, data: unknown) => void): void {
  const url = new URL(sent.url)
  const [, region, , ...rest] = url.pathname.split('/')
  const asked = { verb, path: rest.join('/'), query: Object.fromEntries(url.searchParams), body, header: sent.header }
  phone.asked.push(asked)
  const known = phone.answers[`${asked.verb} ${asked.path}`]
  if (region !== phone.kept.region) throw new Error(`asked of ${region}`)
  if (!known) return void setTimeout(() => sent.fail(), 0)
  const { status = 200, data } = typeof known === 'function' ? known(asked) : known
  setTimeout(() => answered(status, data), 0)
}

const loaded = new Map<string, string>()
const shared = (JSON.parse(readFileSync(join(SRC, 'app.json'), 'utf8')) as { usingComponents: Record<string, string> }).usingComponents

const left: Rendered[] = []

/** Whoever leaves a page ends what runs on it. */
function leave(): void {
  for (const page of left.splice(0)) void page.instance.onUnload?.()
}

after(leave)

/** A page as WeChat would open it: loaded with its options, shown, and given the time to ask. */
export async function open(page: string, options: Record<string, string> = {}): Promise<Rendered> {
  const rendered = component(`pages/${page}/${page}`)
  left.push(rendered)
  await rendered.instance.onLoad?.(options)
  await rendered.instance.onShow?.()
  await settle()
  return rendered
}

export function component(path: string, properties: object = {}): Rendered {
  const id = loaded.get(path) ?? simulate.load(join(SRC, path), path.split('/').at(-1) ?? '', { rootPath: SRC, compiler: 'official', less: false, usingComponents: used(path) })
  loaded.set(path, id)
  const rendered = simulate.render(id, properties)
  rendered.attach(document.createElement('div'))
  return rendered
}

/** What a page draws of the components that all pages share, and what those draw: loading all of them for each page costs the test its time. */
function used(path: string, found: Record<string, string> = {}): Record<string, string> {
  const drawn = readFileSync(join(SRC, `${path}.wxml`), 'utf8')
  for (const [name, place] of Object.entries(shared)) {
    if (name in found || !new RegExp(`<${name}[\\s/>]`).test(drawn)) continue
    found[name] = place
    if (place.startsWith('/components/')) used(place.slice(1), found)
  }
  return found
}

/** Until everything that was asked has been answered and drawn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await simulate.sleep(2)
}

/** An event as a component sends it, given to a page's own handler. */
export function sending(detail: unknown, dataset: Record<string, unknown> = {}): object {
  return { detail, currentTarget: { dataset } }
}

declare const document: { createElement(name: string): unknown }
