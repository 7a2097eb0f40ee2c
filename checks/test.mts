import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { pathToFileURL } from 'node:url'

const PATTERNS = ['lib/**/*.test.mts', 'test/**/*.test.mts']

/**
 * Files that take seconds, or change what their process shares (clock, PATH): each has a process of its own, and starts
 * before all others, the longest first.
 */
const LONG: readonly string[] = [
  'test/cli/transcripts.test.mts',
  'test/rehearsal/kills-first.test.mts',
  'test/rehearsal/kills-upgrade.test.mts',
  'test/rehearsal/drills.test.mts',
  'test/rehearsal/schedules.test.mts',
  'test/rehearsal/deploy.test.mts',
  'test/rehearsal/faults.test.mts',
  'test/rehearsal/clock.test.mts',
  'test/rehearsal/canary.test.mts',
  'lib/cluster/kindscript.test.mts',
]

/** A process takes as long to start as most files take to run, so all other files share a few of them. */
const SHARED = 2

/** Modules that import the tests, so that the runner takes each for a file of its own. */
const ENTRIES = 'node_modules/.cache/landfall-test'

/** Deals the files to processes: what is to be run, in the order of starting. */
export function deal(files: readonly string[], shared = SHARED): string[][] {
  const long = LONG.filter((file) => files.includes(file)).map((file) => [file])
  const others = files.filter((file) => !LONG.includes(file))
  const dealt = Array.from({ length: shared }, (_, at) => others.filter((__, index) => index % shared === at))
  return [...long, ...dealt.filter((group) => group.length > 0)]
}

/** An entry that imports these files; the path of the entry. */
function entryOf(files: readonly string[], at: number): string {
  const path = join(ENTRIES, `${at + 1}.mjs`)
  writeFileSync(path, files.map((file) => `import '${pathToFileURL(file).href}'\n`).join(''))
  return path
}

const asked = process.argv.slice(2)
const files = (asked.length > 0 ? asked : PATTERNS.flatMap((pattern) => globSync(pattern))).toSorted()
rmSync(ENTRIES, { recursive: true, force: true })
mkdirSync(ENTRIES, { recursive: true })
const entries = deal(files).map((group, at) => (group.length === 1 ? (group[0] ?? '') : entryOf(group, at)))

// One more than there are processors: some tests wait for a clock.
const results = run({ files: entries, concurrency: availableParallelism() + 1 })
results.on('test:fail', ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1
})
results.compose(new spec()).pipe(process.stdout)
