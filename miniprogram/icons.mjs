// The phone's icons as masks, so that each takes the colour of the words around it; no font, no other host. Run it when web/assets/icons.txt changes.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const DRAWN = '../node_modules/@tabler/icons/icons'
/** What TDesign's components call theirs → ours. */
const TDESIGN = {
  'add': 'outline/plus', 'remove': 'outline/minus', 'close': 'outline/x', 'close-circle-filled': 'filled/circle-x', 'check-circle-filled': 'filled/circle-check',
  'check-rectangle-filled': 'filled/square-check', 'star-filled': 'filled/star', 'info-circle-filled': 'filled/info-circle',
}
const named = readFileSync('../web/assets/icons.txt', 'utf8').split('\n').map((line) => line.trim()).filter((line) => line && !line.startsWith('#'))
const icons = { ...Object.fromEntries(named.map((name) => [name, `outline/${name}`])), ...TDESIGN }

/** One SVG, black, on one line, as an address. */
function mask(path) {
  const svg = readFileSync(join(DRAWN, `${path}.svg`), 'utf8').replace(/<!--[\s\S]*?-->/g, '').replace(/\s+(?:width|height|class)="[^"]*"/g, '')
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" \/>/, '').replaceAll('currentColor', '#000').replace(/\s+/g, ' ').replace(/> </g, '><').trim()
  return `url("data:image/svg+xml,${svg.replace(/[%#<>"]/g, (sign) => (sign === '"' ? "'" : encodeURIComponent(sign)))}")`
}

const rules = Object.entries(icons).sort().map(([name, path]) => `.icon--${name} { --drawn: ${mask(path)}; }`)
writeFileSync('src/components/icon/icon.wxss', `/* Drawn by icons.mjs from @tabler/icons (MIT). */
.icon { display: inline-block; flex: none; width: 1em; height: 1em; vertical-align: -0.125em; background-color: currentColor; }
.icon { -webkit-mask: var(--drawn) center / contain no-repeat; mask: var(--drawn) center / contain no-repeat; }
${rules.join('\n')}
`)
