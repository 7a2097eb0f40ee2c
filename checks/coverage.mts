import { existsSync, readFileSync } from 'node:fs'
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

const found = existsSync(PAGE) ? problems(readFileSync(PAGE, 'utf8')) : [`${PAGE} is not there`]
for (const problem of found) console.error(`${PAGE}: ${problem}`)
if (found.length > 0) process.exitCode = 1
