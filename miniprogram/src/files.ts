/** Files 附件: chosen on the phone or in a chat, sent to the field that asks for them, and looked at again. */
import { download, upload, type Schemas } from './api/client'
import { allowed, problemOf, toast } from './frame'
import { words } from './words'

export type Enclosure = Schemas['Enclosure']
/** What is being filled in. */
export type Place = { dossier: string } | { service: string } | { booking: string } | { matter: string }

export interface Chosen {
  path: string
  name: string
  size: number
}

/** What a file may weigh (`services.files.MOST_BYTES`); the product says so itself, but only after all of it went over the air. */
const MOST_BYTES = 10 * 1024 * 1024
const PICTURES = ['jpg', 'jpeg', 'png', 'webp']

/** Photos from the camera or the album; none when she thinks better of it. WeChat makes JPEG of what an iPhone keeps as HEIC. */
export function photos(count: number): Promise<Chosen[]> {
  return wx.chooseMedia({ count, mediaType: ['image'], sizeType: ['compressed'], sourceType: ['album', 'camera'] })
    .then(({ tempFiles }) => tempFiles.map((one) => ({ path: one.tempFilePath, name: one.tempFilePath.split('/').at(-1) ?? '', size: one.size })), () => [])
}

/** Pictures and PDF that somebody sent in a chat: the one way to documents that WeChat gives. */
export function documents(count: number): Promise<Chosen[]> {
  return wx.chooseMessageFile({ count, type: 'file', extension: [...PICTURES, 'pdf'] })
    .then(({ tempFiles }) => tempFiles.map(({ path, name, size }) => ({ path, name, size })), () => [])
}

export function tooLarge(one: Chosen): boolean {
  return one.size > MOST_BYTES
}

/** Raises what the product refuses, beside its field. */
export function send(place: Place, field: string, one: Chosen, moved: (percent: number) => void): Promise<Enclosure> {
  const told = { field, name: one.name.slice(-255) }
  return allowed(() => {
    if ('dossier' in place) return upload('/{region}/api/dossier/{section}/files', { section: place.dossier }, one.path, told, moved)
    if ('service' in place) return upload('/{region}/api/services/{service_id}/files', { service_id: place.service }, one.path, told, moved)
    if ('matter' in place) return upload('/{region}/api/apply/{matter}/files', { matter: place.matter }, one.path, told, moved)
    return upload('/{region}/api/bookings/{case_id}/files', { case_id: place.booking }, one.path, told, moved)
  })
}

/** Shows a file of hers, or of a case that she handles. */
export async function look(one: Enclosure): Promise<void> {
  await shown(one.name, () => download('/{region}/api/files/{id}', { path: { id: one.id } }))
}

/** Shows what a notice carries. */
export async function lookIn(notice: string, category: string, one: Enclosure): Promise<void> {
  await shown(one.name, () => download('/{region}/api/notices/{id}/files/{file}', { path: { id: notice, file: one.id }, query: { category: category || undefined } }))
}

/** Shows her application with its review trail, to keep or to print. */
export async function lookAtPaper(id: string): Promise<void> {
  await shown('application.pdf', () => download('/{region}/api/bookings/{case_id}/print', { path: { case_id: id } }))
}

/** Shows her own copy of everything that is kept of her. */
export async function lookAtCopy(id: string): Promise<void> {
  await shown('copy.pdf', () => download('/{region}/api/me/data/copies/{id}', { path: { id } }))
}

async function shown(name: string, fetched: () => Promise<string>): Promise<void> {
  try {
    const path = await allowed(fetched)
    if (PICTURES.includes(ending(name))) await wx.previewImage({ urls: [path] })
    else await wx.openDocument({ filePath: path, showMenu: true, fileType: ending(name) as 'pdf' })
  } catch (refusal) {
    toast(refusal instanceof Error ? problemOf(refusal).text : words.failed)
  }
}

function ending(name: string): string {
  return name.split('.').at(-1)?.toLowerCase() ?? ''
}

/** `1.2 MB`, `120 KB`, with its pages. */
export function weight(one: Enclosure): string {
  const size = one.size >= 1024 * 1024 ? `${(one.size / 1024 / 1024).toFixed(1)} MB` : `${Math.max(1, Math.floor(one.size / 1024))} KB`
  return one.pages ? `${one.pages} ${words.files.pages} · ${size}` : size
}

