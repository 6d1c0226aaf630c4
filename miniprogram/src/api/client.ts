import { deployment } from '../deployment'
import { region, token } from '../kept'
import { words } from '../words'
import type { components, paths } from './schema'

export type Schemas = components['schemas']

type Verb = 'get' | 'post' | 'delete'
type Json<R> = R extends { content: { 'application/json': infer T } } ? T : never
/** The verbs that a path has. */
type VerbOf<P extends keyof paths> = { [V in Verb]: paths[P][V] extends { responses: unknown } ? V : never }[Verb]
type Answered<O> = O extends { responses: infer R } ? Json<R[keyof R & (200 | 201)]> : never
type InPath<O> = O extends { parameters: { path: infer T } } ? Omit<T, 'region'> : unknown
type InQuery<O> = O extends { parameters: { query?: infer T } } ? T : never
type InBody<O> = O extends { requestBody: { content: { 'application/json': infer T } } } ? T : never

type PartOf<Name extends string, T> = [T] extends [never] ? unknown : [T] extends [undefined] ? unknown : keyof T extends never ? unknown : { [N in Name]: T }
type OptionalPartOf<Name extends string, T> = [T] extends [never] ? unknown : [T] extends [undefined] ? unknown : { [N in Name]?: T }
/** `once`: makes an act happen once, however often it is sent (`Idempotency-Key`). */
export type Asked<O> = PartOf<'path', InPath<O>> & OptionalPartOf<'query', InQuery<O>> & PartOf<'body', InBody<O>> & { once?: string }

/** What the product refused, in its own words for people. `fields`: what stands beside which field. */
export class Refused extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly fields: Record<string, string> = {}) {
    super(message)
  }
}

/** Nobody answered: no network, or none in time. Nothing is known about what was sent. */
export const UNREACHABLE = 'unreachable'
const LONGEST_WAIT = 15_000
const LONGEST_UPLOAD = 120_000

export async function call<P extends keyof paths, V extends VerbOf<P>>(verb: V, path: P, asked: Asked<paths[P][V]>): Promise<Answered<paths[P][V]>> {
  const { path: named, query, body, once } = asked as { path?: Record<string, string>; query?: object; body?: object; once?: string }
  const header: Record<string, string> = { ...bearer(), 'Content-Type': 'application/json' }
  if (once) header['Idempotency-Key'] = once
  const answer = await sent(verb, `${addressOf(path, named)}${inQuery(query)}`, body ?? (verb === 'post' ? {} : undefined), header)
  if (answer.statusCode < 300) return answer.data as Answered<paths[P][V]>
  throw refusal(answer.statusCode, answer.data as Partial<Schemas['Error']>)
}

/** Paths that take a file, and what they want to be told with it. */
type Sent<P extends keyof paths> = paths[P]['post'] extends { requestBody: { content: { 'multipart/form-data': infer T } } } ? Omit<T, 'file'> : never
export type TakesFile = { [P in keyof paths]: Sent<P> extends never ? never : P }[keyof paths]

/** One file from this phone; `moved` hears how many per cent of it are there. */
export function upload<P extends TakesFile>(path: P, named: InPath<paths[P]['post']>, filePath: string, told: Sent<P>, moved: (percent: number) => void): Promise<Answered<paths[P]['post']>> {
  return new Promise((resolve, reject) => {
    const task = wx.uploadFile({
      url: addressOf(path, named as Record<string, string>), filePath, name: 'file', formData: told as Record<string, string>, header: bearer(), timeout: LONGEST_UPLOAD,
      success: (answer) => (answer.statusCode < 300 ? resolve(read(answer.data) as Answered<paths[P]['post']>) : reject(refusal(answer.statusCode, read(answer.data)))),
      fail: () => reject(new Refused(0, UNREACHABLE, words.offline)),
    })
    task.onProgressUpdate(({ progress }) => moved(progress))
  })
}

/** A file of the product, kept for as long as this program runs. */
export function download<P extends keyof paths>(path: P, asked: Asked<paths[P]['get']>): Promise<string> {
  const { path: named, query } = asked as { path?: Record<string, string>; query?: object }
  return new Promise((resolve, reject) => {
    wx.downloadFile({
      url: `${addressOf(path, named)}${inQuery(query)}`, header: bearer(), timeout: LONGEST_UPLOAD,
      success: (answer) => (answer.statusCode === 200 ? resolve(answer.tempFilePath) : reject(new Refused(answer.statusCode, answer.statusCode === 401 ? 'not_logged_in' : 'unknown', words.failed))),
      fail: () => reject(new Refused(0, UNREACHABLE, words.offline)),
    })
  })
}

/** For `once`: as long as a page shows one form, its key stays the same. */
export function key(): string {
  const part = (): string => Math.floor((1 + Math.random()) * 0x10000).toString(16).slice(1)
  return `${part()}${part()}-${part()}-4${part().slice(1)}-a${part().slice(1)}-${part()}${part()}${part()}`
}

function addressOf(path: string, named: Record<string, string> = {}): string {
  const filled = Object.entries({ ...named, region: region() }).reduce((all: string, [name, value]) => all.replace(`{${name}}`, encodeURIComponent(value)), path)
  return `${deployment().host}${filled}`
}

function bearer(): Record<string, string> {
  return { Accept: 'application/json', ...(token() ? { Authorization: `Bearer ${token()}` } : {}) }
}

/** An upload is answered as text; what is no JSON came from nobody whom we know. */
function read(text: string): Partial<Schemas['Error']> {
  try {
    return JSON.parse(text) as Partial<Schemas['Error']>
  } catch {
    return {}
  }
}

function sent(verb: Verb, url: string, data: object | undefined, header: Record<string, string>): Promise<WechatMiniprogram.RequestSuccessCallbackResult> {
  return new Promise((resolve, reject) => {
    wx.request({
      url, header, data, timeout: LONGEST_WAIT, method: verb.toUpperCase() as 'GET' | 'POST' | 'DELETE', success: resolve,
      fail: () => reject(new Refused(0, UNREACHABLE, words.offline)),
    })
  })
}

function refusal(status: number, answered: Partial<Schemas['Error']>): Refused {
  const said = answered?.error
  if (!said) return new Refused(status, 'unknown', words.failed)
  const fields = (said.context as { fields?: Record<string, string> }).fields
  return new Refused(status, said.code, said.message, fields ?? {})
}

function inQuery(query: object | undefined): string {
  const parts = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '')
  return parts.length ? `?${parts.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}` : ''
}
