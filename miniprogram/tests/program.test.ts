/** What WeChat's developer tools ask of a program before they open it, and what a phone may not be asked. */
import assert from 'node:assert/strict'
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { SRC } from './wechat'
import { rolled } from '../src/rolling'
import { hmac, sha256 } from '../src/sha256'

/** WeChat's limit for what is loaded at once. */
const MOST_BYTES = 2 * 1024 * 1024
const HOME = join(SRC, '..', '..')
const json = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T

interface App {
  pages: string[]
  usingComponents: Record<string, string>
  tabBar: { list: { pagePath: string; iconPath: string; selectedIconPath: string }[] }
  window: Record<string, unknown>
  requiredPrivateInfos: string[]
  permission: Record<string, { desc: string }>
}

const app = json<App>(join(SRC, 'app.json'))
const theme = json<{ light: Record<string, string>; dark: Record<string, string> }>(join(SRC, 'theme.json'))

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

test('every page is registered and there, in its four parts, and every component is there', () => {
  const folders = readdirSync(join(SRC, 'pages')).map((name) => `pages/${name}/${name}`)
  assert.deepEqual([...app.pages].sort(), folders.sort())
  for (const path of [...app.pages, ...Object.values(app.usingComponents)]) {
    for (const ending of ['.js', '.wxml', '.json']) assert.ok(existsSync(join(SRC, path + ending)), path + ending)
  }
})

test('every page that is led to is one', () => {
  const named = files(SRC).filter((path) => /\.(js|wxml)$/.test(path) && !path.includes('miniprogram_npm'))
    .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/\/(pages\/[a-z-]+\/[a-z-]+)/g)].map((found) => found[1]))
  assert.ok(named.length > 30)
  assert.deepEqual(named.filter((path) => !app.pages.includes(path)), [])
})

test('every colour and picture that the theme is asked for is there, light and dark', () => {
  const asked = [...JSON.stringify({ window: app.window, tabBar: app.tabBar }).matchAll(/"@(\w+)"/g)].map((found) => found[1])
  for (const look of [theme.light, theme.dark]) {
    assert.deepEqual(asked.filter((name) => !(name in look)), [])
    for (const one of Object.values(look).filter((value) => value.endsWith('.png'))) assert.ok(existsSync(join(SRC, one)), one)
  }
  for (const tab of app.tabBar.list) assert.ok(app.pages.includes(tab.pagePath))
})

test('the whole program is lighter than WeChat lets one be', () => {
  const bytes = files(SRC).filter((path) => !path.endsWith('.d.ts')).reduce((sum, path) => sum + statSync(path).size, 0)
  assert.ok(bytes < MOST_BYTES * 0.6, `${bytes} bytes`)
})

test('no other host is asked: no font, no picture, no script from elsewhere', () => {
  const hosts = files(SRC).filter((path) => /\.(js|wxml|wxss|wxs|json)$/.test(path)).flatMap((path) => readFileSync(path, 'utf8').match(/(?:https?:)?\/\/[a-z0-9-]+\.[a-z.]{2,}[^\s"')]*/gi) ?? [])
  assert.deepEqual(hosts.filter((host) => !host.includes('www.w3.org/2000/svg')), [])
})

test('every icon that is drawn is one of ours: those of the profiles, of the components, and of the pages', () => {
  const ours = new Set([...readFileSync(join(SRC, 'components/icon/icon.wxss'), 'utf8').matchAll(/\.icon--([a-z0-9-]+) /g)].map((found) => found[1]))
  const profiles = readFileSync(join(HOME, '..', 'web/assets/icons.txt'), 'utf8').split('\n').filter((line) => line && !line.startsWith('#'))
  const pages = files(SRC).filter((path) => path.endsWith('.wxml') && !path.includes('miniprogram_npm'))
    .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/<icon [^>]*name="([a-z0-9-]+)"/g)].map((found) => found[1]))
  assert.deepEqual([...profiles, ...pages, 'chevron-right', 'search', 'close-circle-filled', 'check-circle-filled', 'check-rectangle-filled', 'star-filled', 'add', 'remove', 'check'].filter((name) => !ours.has(name)), [])
})

test('the project opens as it lies here: the components are packed by ourselves, and what WeChat wants explained is', () => {
  const project = json<{ miniprogramRoot: string; libVersion: string; setting: Record<string, unknown> }>(join(HOME, 'project.config.json'))
  assert.deepEqual([project.miniprogramRoot, project.setting.packNpmManually, project.setting.packNpmRelationList], ['src/', false, []])
  assert.match(project.libVersion, /^3\.\d+\.\d+$/)
  const code = files(SRC).filter((path) => path.endsWith('.js') && !path.includes('miniprogram_npm')).map((path) => readFileSync(path, 'utf8')).join('\n')
  const positions = [...code.matchAll(/wx\.(getLocation|getFuzzyLocation|chooseLocation|choosePoi|startLocationUpdate|chooseAddress)\b/g)].map((found) => found[1])
  assert.deepEqual([...new Set(positions)], app.requiredPrivateInfos)
  for (const { desc } of Object.values(app.permission)) assert.ok(desc.length > 0 && desc.length <= 30, desc) // WeChat cuts longer ones
  const sitemap = json<{ rules: { action: string; page: string }[] }>(join(SRC, 'sitemap.json'))
  assert.deepEqual(sitemap.rules.filter((rule) => rule.page !== '*' && !app.pages.includes(rule.page)), [])
  assert.deepEqual(sitemap.rules.at(-1), { action: 'disallow', page: '*' })
})

test('our hash is the hash', () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const [key, message] = [randomBytes(length % 90), randomBytes(length)]
    assert.equal(Buffer.from(sha256(message)).toString('hex'), createHash('sha256').update(message).digest('hex'))
    assert.equal(Buffer.from(hmac(key, message)).toString('hex'), createHmac('sha256', key).update(message).digest('hex'))
  }
})

test('a day pass rolls as the product rolls it', () => {
  const own = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('hex')
  assert.deepEqual(rolled('DTOKEN', own, 1_763_712_345, 30), { text: 'DTOKEN64BN62J9', digits: '541 415', secondsLeft: 15 }) // qr.day_pass.text and .digits of the same key
})
