import { globSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import type { TestEvent } from 'node:test/reporters'
import { pathToFileURL } from 'node:url'
import { ENDED, headOf, lineOf, stateOfCode, TAIL } from './ended.mts'

const PATTERNS = ['lib/**/*.test.mts', 'test/**/*.test.mts']

/**
 * Files that take seconds. A line is a process of its own, in which one after another is run: what is loaded and compiled
 * once serves all of them. They start before all others, the longest line first. What changes its process for good (the
 * PATH) stands by itself.
 */
const LONG: readonly (readonly string[])[] = [
  [
    'test/rehearsal/drills.test.mts',
    'test/rehearsal/pybase.test.mts',
    'test/rehearsal/wrightnow.test.mts',
    'test/rehearsal/yab.test.mts',
    'test/deploy/teardown.test.mts',
    'test/rehearsal/canary.test.mts',
    'test/rehearsal/namespaces.test.mts',
  ],
  [
    'test/rehearsal/schedules.test.mts',
    'test/rehearsal/kills-first.test.mts',
    'test/rehearsal/kills-upgrade.test.mts',
    'test/rehearsal/faults.test.mts',
    'test/rehearsal/clock.test.mts',
    'test/rehearsal/corpus-answers.test.mts',
    'test/rehearsal/corpus.test.mts',
  ],
  [
    'test/cli/transcripts.test.mts',
    'test/own/yaml.test.mts',
    'test/own/packed.test.mts',
    'test/rehearsal/deploy.test.mts',
  ],
  ['lib/cluster/kindscript.test.mts'],
]

/** Modules that import the tests, so that the runner takes each for a file of its own. */
const ENTRIES = 'node_modules/.cache/landfall-test'

/** Memory (MiB) for what was just made: with Node's own choice, 150 fault schedules took a sixth more processor time. */
const YOUNG = 64

/**
 * Deals the files to processes: what is to be run, in the order of starting. A process takes as long to start as most
 * files take to run, so all that are not long share one.
 */
function deal(files: readonly string[]): string[][] {
  const long = LONG.map((line) => line.filter((file) => files.includes(file)))
  const others = files.filter((file) => !LONG.flat().includes(file))
  return [...long, others].filter((group) => group.length > 0)
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

const execArgv = [`--max-semi-space-size=${YOUNG}`]
// One more than there are processors: some tests wait for a clock.
const results = run({ files: entries, concurrency: availableParallelism() + 1, execArgv })
if (asked.length === 0) {
  const ended = openSync(ENDED['npm test'], 'w')
  writeSync(ended, headOf(stateOfCode()))
  results.on('data', (event: TestEvent) => writeSync(ended, lineOf(event)))
  results.on('end', () => writeSync(ended, TAIL))
}
results.on('test:fail', ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1
})
results.compose(new spec()).pipe(process.stdout)
