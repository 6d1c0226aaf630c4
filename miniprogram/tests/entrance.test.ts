import assert from 'node:assert/strict'
import { test } from 'node:test'
import { begin, HOST } from './wechat'
import { entered, ofAddress } from '../src/entrance'

const CODE = '1ABCDEFGH0123456789ABCDEF'
const ADDRESS = `${HOST}/somewhere/v/${CODE}`
const WHOLE = { region: 'somewhere', board: CODE }
const NOTHING = { region: '', board: '' }

test('an ordinary link that WeChat opens is read however often it was encoded', () => {
  begin()
  for (const q of [ADDRESS, encodeURIComponent(ADDRESS), encodeURIComponent(encodeURIComponent(ADDRESS))]) assert.deepEqual(entered({ q }), WHOLE)
})

test('what was not printed by us leads nowhere', () => {
  begin()
  const hostile = [
    `http://evil.example/somewhere/v/${CODE}`, `${HOST}.evil.example/somewhere/v/${CODE}`, `${HOST}/UPPER/v/${CODE}`, `${HOST}/some%20where/v/${CODE}`, '%', '%E0%A4%A', 'javascript:alert(1)',
    `${HOST}/${'a'.repeat(2000)}`, '',
  ]
  for (const address of hostile) assert.deepEqual(ofAddress(address), NOTHING, address)
})

test('a longer path or another page of ours says the region, and no board', () => {
  begin()
  for (const rest of [`v/${CODE}/more`, `v/${CODE}?next=x`, 'v/short', 'windows', '']) assert.deepEqual(ofAddress(`${HOST}/somewhere/${rest}`), { region: 'somewhere', board: '' }, rest)
})

test('a mini-program code says a region or a board, and nothing else', () => {
  begin()
  assert.deepEqual(entered({ scene: 'r.somewhere' }), { region: 'somewhere', board: '' })
  assert.deepEqual(entered({ scene: encodeURIComponent(`v.${CODE}`) }), { region: '', board: CODE })
  assert.ok(`v.${CODE}`.length <= 32)
  for (const scene of ['', 'x.y', 'r.', 'r.No', `v.${'9'.repeat(80)}`, 'v.<script>', '%']) assert.deepEqual(entered({ scene }), NOTHING, scene)
})

test('the host comes from the configuration that WeChat keeps with the appid', () => {
  begin().extension = { host: 'https://greenlane.example', region: 'elsewhere' }
  assert.deepEqual(ofAddress(`https://greenlane.example/somewhere/v/${CODE}`), WHOLE)
  assert.deepEqual(ofAddress(ADDRESS), NOTHING)
})
