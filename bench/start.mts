import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { line, median } from './measure.mts'

/** `npx zx deploy.mts --help` beside `npx zx` on an empty script, in turns. */
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const runs = Number(process.argv[2] ?? 15)
const folder = mkdtempSync(join(tmpdir(), 'landfall-bench-'))
const empty = join(folder, 'empty.mts')
writeFileSync(empty, '')

const times = { empty: [] as number[], help: [] as number[] }
try {
  for (let run = 0; run < runs; run += 1) {
    times.empty.push(timed(empty))
    times.help.push(timed('deploy.mts', '--help'))
  }
} finally {
  rmSync(folder, { recursive: true })
}
const more = median(times.help) - median(times.empty)
process.stdout.write(
  `${[line('npx zx, empty script', times.empty), line('npx zx deploy.mts --help', times.help), `more: ${more.toFixed(0)} ms`].join('\n')}\n`,
)

function timed(...script: string[]): number {
  const started = performance.now()
  const { status, stderr } = spawnSync('npx', ['zx', ...script], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return performance.now() - started
}
