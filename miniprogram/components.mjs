// The TDesign components that pages draw, and what those draw and import, put where WeChat looks for them: the whole library is thrice what a program may
// weigh. Its icons come as a font from another host; ours (src/components/icon) stand in for them, so that a phone asks nobody but the product.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'

const LIBRARY = 'node_modules/tdesign-miniprogram/miniprogram_dist'
const HERE = '/miniprogram_npm/tdesign-miniprogram/'
const ICON = '/components/icon/icon'
const DRAWS = /<(?:import|include|wxs)\s[^>]*src="([^"]+)"/g
/** Names that a module for any loader gives to the loader's own things. */
const OF_AMD = new Set(['exports', 'require', 'module'])
const STYLES = /@import\s+["']([^"']+)["']/g

/** Files of the library, each under its path there. */
export function needed() {
  const app = JSON.parse(readFileSync('src/app.json', 'utf8'))
  const found = new Set()
  const waiting = Object.values(app.usingComponents).filter((path) => path.startsWith(HERE)).flatMap((path) => parts(path.slice(HERE.length)))
  waiting.push('common/style/theme/_index.wxss')
  while (waiting.length) {
    const file = waiting.pop()
    if (found.has(file)) continue
    found.add(file)
    waiting.push(...beside(file, readFileSync(join(LIBRARY, file), 'utf8')))
  }
  return [...found].sort()
}

export function pack(target) {
  rmSync(target, { recursive: true, force: true })
  for (const file of needed()) {
    const [source, copy] = [join(LIBRARY, file), join(target, file)]
    mkdirSync(dirname(copy), { recursive: true })
    if (file.endsWith('.json')) writeFileSync(copy, JSON.stringify(withOurIcon(JSON.parse(readFileSync(source, 'utf8')))))
    else copyFileSync(source, copy)
  }
}

function parts(component) {
  return ['.json', '.js', '.wxml', '.wxss'].map((ending) => component + ending).filter((file) => existsSync(join(LIBRARY, file)))
}

function withOurIcon(declared) {
  const drawn = Object.entries(declared.usingComponents ?? {}).map(([name, path]) => [name, path.endsWith('/icon/icon') ? ICON : path])
  return declared.usingComponents ? { ...declared, usingComponents: Object.fromEntries(drawn) } : declared
}

/** What one file leads to. */
function beside(file, text) {
  const at = (path) => normalize(path.startsWith('/') ? path.slice(1) : join(dirname(file), path))
  const all = (pattern) => [...text.matchAll(pattern)].map((match) => match[1])
  if (file.endsWith('.json')) {
    return Object.values(JSON.parse(text).usingComponents ?? {}).filter((path) => !path.endsWith('/icon/icon')).flatMap((path) => parts(at(path)))
  }
  if (file.endsWith('.wxml')) return all(DRAWS).map(at)
  if (file.endsWith('.wxss')) return all(STYLES).map(at)
  const imported = ts.preProcessFile(text, true, true).importedFiles.map((one) => one.fileName).filter((name) => !OF_AMD.has(name))
  return imported.map((name) => (name.startsWith('.') ? script(at(name)) : script(`miniprogram_npm/${name}`)))
}

function script(path) {
  const found = [path, `${path}.js`, `${path}/index.js`].find((one) => existsSync(join(LIBRARY, one)) && statSync(join(LIBRARY, one)).isFile())
  if (!found) throw new Error(`nothing is at ${join(LIBRARY, path)}`)
  return found
}

if (process.argv[1]?.endsWith('components.mjs')) {
  pack('src/miniprogram_npm/tdesign-miniprogram')
}
