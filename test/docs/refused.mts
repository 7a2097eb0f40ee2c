import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readArguments } from '../../lib/cluster/arguments.mts'
import { DeployError } from '../../lib/error.mts'
import { asksHelp, last, loadFlags } from '../../lib/settings/arguments.mts'
import type { Script } from '../../lib/settings/flags.mts'
import { knownFor } from '../../lib/settings/known.mts'
import { parsePath, shapeAt } from '../../lib/settings/shape.mts'
import { loadStack, STACK_NAMES } from '../../lib/stacks/load.mts'
import type { Shown } from './commands.mts'

const SCRIPTS = ['deploy', 'verify', 'rollback', 'teardown', 'render'] as const satisfies readonly Script[]

/** What landfall says to a command line, where it does not take it. */
async function refusalOf({ script: file, args }: Shown): Promise<string | undefined> {
  if (!existsSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)))) return `there is no ${file}`
  try {
    if (file === 'cluster.mts') return void (asksHelp(args) || readArguments(args))
    const script = SCRIPTS.find((one) => `${one}.mts` === file)
    return script && (await refusalOfScript(script, args))
  } catch (error) {
    if (error instanceof DeployError) return error.message
    throw error
  }
}

/** Flags, and with a built-in stack its environments and the settings behind `--set`. */
async function refusalOfScript(script: Script, args: readonly string[]): Promise<string | undefined> {
  const flags = loadFlags(args, script)
  const name = last(flags, 'stack')
  if (name === undefined || !STACK_NAMES.includes(name)) return undefined
  const stack = await loadStack(name)
  const environment = last(flags, 'env')
  const isNamed = environment !== undefined && !environment.startsWith('$')
  if (isNamed && !Object.hasOwn(stack.environments ?? {}, environment))
    return `${name} has no environment ${environment}`
  const { shape } = knownFor(stack)
  const unknown = flags.set?.find((one) => !shapeAt(shape, parsePath(one.replace(/=.*/s, ''))))
  return unknown === undefined ? undefined : `${name} has no setting ${unknown}`
}

/** The command lines that landfall does not take, each with its reason. */
export async function refusals(shown: readonly Shown[]): Promise<string[]> {
  const said = await Promise.all(shown.map(async (one) => ({ line: one.line, why: await refusalOf(one) })))
  return said.filter(({ why }) => why !== undefined).map(({ line, why }) => `${line}: ${why}`)
}
