import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

/** A test that has ended, as a run wrote it down. */
export interface EndedTest {
  /** From the repository's root. */
  readonly file: string
  readonly name: string
  readonly end: 'passed' | 'failed' | 'skipped'
}

/** Where each of the two runs writes how its tests ended. */
export const ENDED = {
  'npm test': 'node_modules/.landfall-test.jsonl',
  'npm run test:cluster': 'node_modules/.landfall-test-cluster.jsonl',
} as const

export type Run = keyof typeof ENDED

/** What the tests are of: all code, what it is installed with, and what it renders. The same text for the same content. */
export function stateOfCode(): string {
  const hash = createHash('sha256')
  const files = globSync('{*.mts,package*.json,{lib,test,checks,examples,manifests}/**/*}', { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`)
  for (const file of files.toSorted())
    hash
      .update(`${relative('.', file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  return hash.digest('hex')
}

/** The first line of what a run writes. */
export function headOf(state: string): string {
  return `${JSON.stringify({ state })}\n`
}

/** The last line: a run that was cut off is no run. */
export const TAIL = `${JSON.stringify({ over: true })}\n`

/** The line of a test that has ended; nothing for other events. */
export function lineOf({ type, data }: TestEvent): string {
  if (type !== 'test:pass' && type !== 'test:fail') return ''
  const { file, name, skip, todo } = data
  if (file === undefined) return ''
  const left = (skip ?? false) !== false || (todo ?? false) !== false
  const end = left ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed'
  return `${JSON.stringify({ file: relative(process.cwd(), file), name, end } satisfies EndedTest)}\n`
}

/** How the tests of that run ended, or undefined where it was not run to its end on this state of the code. */
export function endedIn(run: Run, state: string): EndedTest[] | undefined {
  if (!existsSync(ENDED[run])) return undefined
  const written = readFileSync(ENDED[run], 'utf8')
  if (!written.startsWith(headOf(state)) || !written.endsWith(TAIL)) return undefined
  const lines = written.trimEnd().split('\n').slice(1, -1)
  return lines.map((line) => JSON.parse(line) as EndedTest)
}
