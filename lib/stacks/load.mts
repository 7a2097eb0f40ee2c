import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DeployError } from '../error.mts'
import { suggest } from '../report/suggest.mts'
import { brokenStack } from './broken.mts'
import { commonSettings } from './common.mts'
import { loadManifests, placeOf } from './manifests.mts'
import type { Stack } from './stack.mts'

// Imported when asked for: a run has one stack.
const BUILT_IN = {
  reactbin: async () => (await import('./reactbin.mts')).default,
  pybase: async () => (await import('./pybase.mts')).default,
  yab: async () => (await import('./yab.mts')).default,
  wrightnow: async () => (await import('./wrightnow.mts')).default,
} satisfies Record<string, () => Promise<object>>

/** The stacks that can be asked for by name. */
export const STACK_NAMES: readonly string[] = Object.keys(BUILT_IN)

/**
 * A built-in stack by its name; the default export of a file (`./my-app.mts`, from the current directory); or plain
 * manifests: a directory, a YAML or JSON file, `-` for a pipe, each with `NAME=` before it or not. With `record` a pipe
 * is not read. Throws `unknown-stack`, `missing-file`, `bad-manifest`, or `broken-stack` with file and line.
 */
export async function loadStack(nameOrPath: string, reads: 'manifests' | 'record' = 'manifests'): Promise<Stack> {
  const place = Object.hasOwn(BUILT_IN, nameOrPath) ? undefined : placeOf(nameOrPath)
  if (place !== undefined) return loadManifests(place, reads)
  if (/[\\/]|\.[cm]?[jt]s$/.test(nameOrPath)) return fromFile(nameOrPath)
  const load = Object.entries(BUILT_IN).find(([name]) => name === nameOrPath)?.[1]
  if (load === undefined) throw unknownStack(nameOrPath)
  return load()
}

async function fromFile(path: string): Promise<Stack> {
  const file = resolve(path)
  if (!existsSync(file))
    throw new DeployError({
      code: 'missing-file',
      says: `Cannot read stack ${path}: there is no file ${file}`,
      next: '--stack ./FILE.mts, from the current directory',
    })
  const module = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw error instanceof DeployError ? error : brokenStack(path, error)
  })
  return checkStack(path, (module as { default?: unknown }).default)
}

/** The value as a stack, if it is one. Throws `broken-stack` with what it lacks. */
export function checkStack(path: string, value: unknown): Stack {
  const fault = faultOf(value)
  if (fault === undefined) return value as Stack
  throw new DeployError({
    code: 'broken-stack',
    says: `Cannot use stack ${path}: ${fault}`,
    next: `export default stack({ name, images, settings, components, proofs }) in ${path}`,
  })
}

function faultOf(value: unknown): string | undefined {
  if (value === undefined) return 'it has no default export'
  if (typeof value !== 'object' || value === null) return `its default export is a ${typeof value}, not a stack`
  const { name, images, settings, components, proofs } = value as Partial<Record<keyof Stack, unknown>>
  if (typeof name !== 'string' || !/^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/.test(name))
    return 'its name is not one of at most 42 of a-z, 0-9 and "-"'
  if (typeof images !== 'object' || images === null) return 'its images are not a table of repositories'
  if (typeof components !== 'function') return 'its components are not a function'
  if (typeof proofs !== 'function') return 'its proofs are not a function'
  return faultOfSettings(settings)
}

function faultOfSettings(settings: unknown): string | undefined {
  if (typeof settings !== 'object' || settings === null || !('safeParse' in settings))
    return 'its settings are not a zod schema'
  const shape = 'shape' in settings ? (settings.shape as object) : {}
  const taken = Object.keys(shape).find((key) => key in commonSettings.shape)
  return taken === undefined ? undefined : `its setting ${taken} is one that every stack has already`
}

function unknownStack(name: string): DeployError {
  const meant = suggest(name, STACK_NAMES)
  return new DeployError({
    code: 'unknown-stack',
    says: `Cannot find stack ${name}: the built-in ones are ${STACK_NAMES.join(', ')}`,
    next: `--stack ${meant ?? STACK_NAMES[0] ?? ''}, or --stack ./FILE.mts for one of your own`,
  })
}
