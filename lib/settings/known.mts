import { z } from 'zod'
import { DeployError, type Code } from '../error.mts'
import { suggest } from '../report/suggest.mts'
import { commonSettings } from '../stacks/common.mts'
import type { Stack } from '../stacks/stack.mts'
import { formatPath, join, leavesOf, shapeAt, shapeOf, type Path, type Shape } from './shape.mts'
import { variableOf } from './variables.mts'

/** Settings of the run itself that may stand in any layer; their flags are of the same name. */
export const runSettings = z.strictObject({
  namespace: z.string().optional().describe('Home namespace: of the lock, the records, and of what names none.'),
  context: z.string().optional().describe('Context of the kubeconfig.'),
  kubeconfig: z.string().optional().describe('Kubeconfig file.'),
  expect: z
    .strictObject({ context: z.string().optional(), server: z.string().optional() })
    .prefault({})
    .describe('The cluster that an environment is pinned to; any other one is refused.'),
})

/** What one run may be told: the names, where each goes, and how it is called as a variable. */
export interface Known {
  stack: string
  shape: Shape
  leaves: readonly Path[]
  /** The top-level keys that are the run's, or every stack's; all others are the stack's own. */
  run: ReadonlySet<string>
  common: ReadonlySet<string>
}

const RUN = shapeOf(runSettings)
const COMMON = shapeOf(commonSettings)

/** Everything that can be set for a stack. */
export function knownFor(stack: Pick<Stack, 'name' | 'settings'>): Known {
  const shape = [COMMON, shapeOf(stack.settings)].reduce(join, RUN)
  return { stack: stack.name, shape, leaves: leavesOf(shape), run: keysOf(RUN), common: keysOf(COMMON) }
}

/** Variables that choose the stack and its environment, before any setting can be known. */
export const CHOICES = ['LANDFALL_STACK', 'LANDFALL_ENV'] as const

/** The name of every variable, `NAME` standing for any key. */
export function variablesOf(known: Known): string[] {
  return [...CHOICES, ...known.leaves.map(variableOf)]
}

/** Refuses a path that no schema has, with what was probably meant. */
export function unknownSetting(known: Known, path: Path, source: string, code: Code = 'unknown-setting'): DeployError {
  const meant = nearest(known, path)
  return new DeployError({
    code,
    says: `Cannot use ${formatPath(path)} from ${source}: ${known.stack} has no such setting${didYouMean(meant)}`,
    next: meant === undefined ? 'npx zx deploy.mts --print-settings' : `write ${meant} in place of ${formatPath(path)}`,
  })
}

/** Refuses a variable that sets nothing; `owner` is the stack whose file it stands in, where that is another one. */
export function unknownVariable(known: Known, variable: string, file: string, owner?: string): DeployError {
  if (owner !== undefined)
    return new DeployError({
      code: 'unknown-setting',
      says: `Cannot use ${variable} in ${file}, which is for ${owner} (LANDFALL_STACK): ${known.stack} has no such setting`,
      next: `name a file of ${known.stack}'s own: --dotenv FILE`,
    })
  const meant = suggest(variable, variablesOf(known))
  return new DeployError({
    code: 'unknown-setting',
    says: `Cannot use ${variable} in ${file}: ${known.stack} has no such setting${didYouMean(meant)}`,
    next: meant === undefined ? `take ${variable} out of ${file}` : `write ${meant} in place of ${variable}`,
  })
}

function nearest(known: Known, path: Path): string | undefined {
  const typed = formatPath(path)
  const candidates = known.leaves.flatMap((leaf) =>
    prefixesOf(leaf.map((key, at) => (key === '*' ? (path[at] ?? 'NAME') : key))),
  )
  const close = suggest(typed, candidates)
  if (close !== undefined) return close
  const name = path.at(-1) ?? ''
  return candidates.find(
    (candidate) => candidate.split('.').at(-1) === name && shapeAt(known.shape, candidate.split('.')),
  )
}

function prefixesOf(path: Path): string[] {
  return path.map((_, at) => formatPath(path.slice(0, at + 1)))
}

function didYouMean(meant: string | undefined): string {
  return meant === undefined ? '' : ` (did you mean ${meant}?)`
}

function keysOf(shape: Shape): ReadonlySet<string> {
  return new Set(shape.kind === 'group' ? shape.fields.keys() : [])
}
