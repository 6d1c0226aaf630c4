import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { begin } from './wechat'
import { day, moment, span } from '../src/dates'
import { said, SHARED } from '../src/words'

const PRODUCT = join(__dirname, '..', '..', '..')
const SOURCES = join(PRODUCT, 'miniprogram', 'src')
const CHINESE = /[\u4e00-\u9fff]/

function files(folder: string, ending: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name)).map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.includes('miniprogram_npm'))
}

function leaves(tree: object): string[] {
  return Object.values(tree).flatMap((one) => (typeof one === 'string' ? [one] : leaves(one as object)))
}

test('every word is one that the phone says too, or to staff the desk', () => {
  const folders = ['wechat/pages', 'web', 'services', 'config', 'console/templates'].map((one) => join(PRODUCT, one))
  const phone = folders.flatMap((folder) => files(folder, /\.(html|py|js)$/)).map((path) => readFileSync(path, 'utf8')).join('\n')
  const unknown = leaves(SHARED).filter((word) => !word.split(/\s*\{\w+\}\s*/).every((part) => phone.includes(part)))
  assert.deepEqual(unknown, [])
})

test('no page and no component says anything of its own', () => {
  const spoken = files(SOURCES, /\.(wxml|ts)$/).filter((path) => !path.endsWith('words.ts')).flatMap((path) => {
    const text = readFileSync(path, 'utf8').replace(/\/\*\*?[\s\S]*?\*\/|\/\/.*$/gm, '')
    return text.split('\n').filter((line) => CHINESE.test(line)).map((line) => `${path.slice(SOURCES.length)}: ${line.trim()}`)
  })
  const allowed = /dates\.ts|route\.ts|schema\.d\.ts|: '、'|年|；|。/
  assert.deepEqual(spoken.filter((line) => !allowed.test(line)), [])
})

test('no region has its name in the code', () => {
  const regions = readdirSync(join(PRODUCT, 'config', 'regions'))
  const named = files(SOURCES, /\.(wxml|wxss|ts|json)$/).filter((path) => regions.some((region) => readFileSync(path, 'utf8').toLowerCase().includes(region)))
  assert.deepEqual(named, [])
})

test('moments are told in the time of the offices, whatever the phone thinks', () => {
  begin()
  const now = Date.parse('2026-11-21T00:00:00Z')
  assert.equal(moment('2026-11-23T01:30:00Z', now), '11月23日 周一 09:30')
  assert.equal(moment('2026-11-22T16:30:00+00:00', now), '11月23日 周一 00:30')
  assert.equal(day('2027-01-04', now), '2027年1月4日 周一')
  assert.equal(span('2026-11-23T01:30:00Z', '2026-11-23T02:00:00Z'), '09:30–10:00')
  assert.deepEqual([moment(null), day(undefined)], ['', ''])
})

test('a sentence is filled in, and what is not known stays empty', () => {
  assert.equal(said('缺 {count} 处{more}', { count: 3 }), '缺 3 处')
})
