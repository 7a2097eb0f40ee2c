import { join } from 'node:path'
import { DeployError } from '../error.mts'
import type { Flags } from '../settings/arguments.mts'
import type { Settings } from '../settings/settings.mts'
import { defaultInput, environmentsOf } from './defaults.mts'
import { filesOf } from './files.mts'
import { loadStack, STACK_NAMES } from './load.mts'
import { render } from './render.mts'

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

/**
 * manifests/ as it is committed: every built-in stack in every environment, or those of `--stack` and `--env`, from
 * defaults and presets alone. Throws `usage` for a setting, which would have no place there.
 */
export async function committedRenderings(flags: Flags): Promise<Rendering[]> {
  refuseSettings(flags)
  const renderings: Rendering[] = []
  for (const name of flags.stack ?? STACK_NAMES) {
    const stack = await loadStack(name)
    for (const environment of flags.env ?? environmentsOf(stack)) {
      const desired = render(stack, defaultInput(stack, environment))
      const directory = join('manifests', stack.name, environment)
      renderings.push({ directory, files: filesOf(desired, { environment, settings: 'defaults' }) })
    }
  }
  return renderings
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
