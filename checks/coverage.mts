import { existsSync, readFileSync } from 'node:fs'
import { ENDED, endedIn, stateOfCode } from './ended.mts'
import type { EndedTest, Run } from './ended.mts'
import { ROWS } from './rows.mts'

const PAGE = 'docs/coverage.md'

/** A named test: `test/stacks/reactbin.test.mts` › "RB-02 …"; several in one cell are told apart by the backticks. */
const NAMED = /`([^`]+\.mts)` › "([^"]+)"/g

/** What is wrong with the page: a row without a line, or a line that names a test that is not there. */
function problems(page: string): string[] {
  const lines = page.split('\n').filter((line) => line.startsWith('| '))
  return ROWS.flatMap((id) => {
    const mine = lines.filter((line) => line.startsWith(`| ${id} |`))
    if (mine.length !== 1) return [`${id} has ${mine.length} lines`]
    return problemsOf(id, mine[0] ?? '')
  })
}

function problemsOf(id: string, line: string): string[] {
  const named = [...line.matchAll(NAMED)]
  if (named.length === 0 && !/lacks|command:|document:/.test(line))
    return [`${id} names no test, command or document, nor what it lacks`]
  return named.flatMap(([, path = '', name = '']) => {
    if (!existsSync(path)) return [`${id} names ${path}, which is not there`]
    return readFileSync(path, 'utf8').includes(name) ? [] : [`${id} names "${name}", which is not in ${path}`]
  })
}

/** Which run plays a test. */
function runOf(path: string): Run {
  return path.startsWith('test/cluster/') ? 'npm run test:cluster' : 'npm test'
}

/** Named tests that the runs on this very state of the code did not pass; those of a run that was not made are not asked for. */
function unpassed(page: string, runs: Readonly<Record<Run, EndedTest[] | undefined>>): string[] {
  return [...page.matchAll(NAMED)].flatMap(([, path = '', name = '']) => {
    const ended = runs[runOf(path)]
    if (ended === undefined) return []
    // A test whose rows are made into tests elsewhere is known by its name alone.
    const named = ended.filter((one) => one.name.includes(name))
    const own = named.filter(({ file }) => file === path)
    const mine = own.length > 0 ? own : named
    if (mine.length === 0) return [`${path} › "${name}" was not run by ${runOf(path)}`]
    const bad = mine.filter(({ end }) => end !== 'passed')
    return bad.map(({ end }) => `${path} › "${name}" ${end} in ${runOf(path)}`)
  })
}

const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : ''
const state = stateOfCode()
const runs = {
  'npm test': endedIn('npm test', state),
  'npm run test:cluster': endedIn('npm run test:cluster', state),
}
for (const run of Object.keys(ENDED) as Run[])
  console.log(`${run}: ${runs[run] === undefined ? 'not run' : 'run'} on this state of the code`)
const found = page === '' ? [`${PAGE} is not there`] : [...problems(page), ...unpassed(page, runs)]
for (const problem of found) console.error(`${PAGE}: ${problem}`)
if (found.length > 0) process.exitCode = 1
