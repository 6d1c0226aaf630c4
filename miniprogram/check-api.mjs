// The client's types are drawn from the product's own description of its API; whoever changes the API without the client is stopped here.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'api-'))
const drawn = join(folder, 'schema.d.ts')
execFileSync(process.execPath, ['node_modules/openapi-typescript/bin/cli.js', '../docs/openapi.json', '--alphabetize', '--default-non-nullable', 'false', '--output', drawn], { stdio: 'pipe' })
const same = readFileSync(drawn, 'utf8') === readFileSync('src/api/schema.d.ts', 'utf8')
rmSync(folder, { recursive: true })
if (!same) {
  console.error('src/api/schema.d.ts is not what docs/openapi.json says: run `npm run api`, and mend what no longer fits.')
  process.exit(1)
}
