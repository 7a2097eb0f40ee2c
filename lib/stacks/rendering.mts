import { join } from 'node:path'
import { DeployError } from '../error.mts'
import type { Flags } from '../settings/arguments.mts'
import { schemaOf } from '../settings/schema.mts'
import type { Settings } from '../settings/settings.mts'
import { defaultInput, environmentsOf } from './defaults.mts'
import { filesOf } from './files.mts'
import { kustomizeFiles } from './kustomize.mts'
import { loadStack, STACK_NAMES } from './load.mts'
import { render } from './render.mts'
import type { Stack } from './stack.mts'

/** A directory and the files that should be in it. */
export interface Rendering {
  directory: string
  files: Map<string, string>
}

/** With `-o DIR`: one stack, with every setting there is. */
export function askedRendering(settings: Settings, directory: string): Rendering {
  const { stack, environment } = settings
  return { directory, files: filesOf(render(stack, settings), { environment, settings: 'operator' }) }
}

/** With `--format kustomize -o DIR`: one stack in several environments, each with every setting there is. */
export function kustomizeRendering(all: readonly Settings[], directory: string): Rendering {
  const variants = all.map((settings) => ({
    environment: settings.environment,
    desired: render(settings.stack, settings),
  }))
  return { directory, files: kustomizeFiles(variants, directory) }
}

/**
 * manifests/ as it is committed: the stack at hand, or every built-in one, in every environment, or those of `--stack`
 * and `--env`, from defaults and presets alone. Throws `usage` for a setting, which would have no place there.
 */
export async function committedRenderings(flags: Flags, own?: Stack): Promise<Rendering[]> {
  refuseSettings(flags)
  const names = flags.stack ?? STACK_NAMES
  const stacks = own === undefined ? await Promise.all(names.map((name) => loadStack(name))) : [own]
  const renderings: Rendering[] = []
  for (const stack of stacks) {
    for (const environment of flags.env ?? environmentsOf(stack)) {
      const desired = render(stack, defaultInput(stack, environment))
      const directory = join('manifests', stack.name, environment)
      renderings.push({ directory, files: filesOf(desired, { environment, settings: 'defaults' }) })
    }
    renderings.push({ directory: join('manifests', stack.name), files: schemaFile(stack) })
  }
  return renderings
}

/** What a values file may hold, beside the manifests: editors read it. */
function schemaFile(stack: Stack): Map<string, string> {
  return new Map([['values.schema.json', schemaText(stack)]])
}

export function schemaText(stack: Stack): string {
  return `${JSON.stringify(schemaOf(stack), null, 2)}\n`
}

function refuseSettings(flags: Flags): void {
  const setting = (['tag', 'set', 'values', 'namespace', 'dotenv'] as const).find((flag) => flags[flag] !== undefined)
  if (setting === undefined) return
  throw new DeployError({
    code: 'usage',
    says: `Cannot use --${setting} here: manifests/ holds what follows from defaults alone`,
    next: `npx zx render.mts -o DIR --${setting} …`,
  })
}
