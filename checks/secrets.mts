import { readFileSync } from 'node:fs'
import { scan } from './scan.mts'
import { trackedFiles } from './tracked.mts'

const BINARY = /\.(png|jpg|gz|tar|zip|ico|woff2?)$/

const found = trackedFiles()
  .filter((path) => !BINARY.test(path) && path !== 'package-lock.json')
  .flatMap((path) => scan(path, readFileSync(path, 'utf8')))

for (const { path, line, rule } of found) console.error(`${path}:${line}: ${rule}`)
if (found.length > 0) {
  console.error(`Cannot pass the secret scan: ${found.length} finding${found.length === 1 ? '' : 's'}`)
  process.exitCode = 1
}
