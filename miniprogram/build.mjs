// What the tests run: src/ and tests/ without their types, and the components where WeChat's tools would have put them. The tools build by themselves.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { pack } from './components.mjs'

const PACKED = '.build/packed'

const OPTIONS = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2020, esModuleInterop: true }

function build(from, to) {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'miniprogram_npm' || from !== 'src') build(source, target)
    } else if (entry.name.endsWith('.d.ts')) continue
    else if (/\.[tj]s$/.test(entry.name)) {
      writeFileSync(target.replace(/ts$/, 'js'), ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions: OPTIONS }).outputText)
    } else copyFileSync(source, target)
  }
}

rmSync('.build', { recursive: true, force: true })
build('src', '.build/src')
build('tests', '.build/tests')
pack(PACKED)
build(PACKED, '.build/src/miniprogram_npm/tdesign-miniprogram')
// What the components bring along stands where Node looks for it.
build(join(PACKED, 'miniprogram_npm'), '.build/node_modules')
