import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { variableOf } from '../../settings/variables.mts'
import { loadStack, STACK_NAMES } from '../../stacks/load.mts'
import type { Doors, Folder } from './folder.mts'

/** The file that a deploy of this stack to the rehearsal is given as `--dotenv`. */
export function dotenvOf({ root }: Pick<Folder, 'root'>, stack: string): string {
  return join(root, `${stack}.env`)
}

/**
 * Writes a file for each built-in stack: where the rehearsal is and how its site is reached, and what the stack's
 * settings have no default for. Read in place of `.env`, so that nothing meant for a real cluster is in the run.
 */
export async function writeDotenvs(folder: Folder, { address, httpAddress }: Doors): Promise<void> {
  for (const stack of STACK_NAMES) {
    const { rehearsal = {} } = await loadStack(stack)
    const lines: [string, string][] = [
      ['LANDFALL_STACK', stack],
      ['LANDFALL_KUBECONFIG', folder.kubeconfig],
      ['LANDFALL_EDGE_ADDRESS', address],
      ['LANDFALL_EDGE_HTTP_ADDRESS', httpAddress],
      ['LANDFALL_EDGE_CA_FILE', folder.caFile],
      ...variables(rehearsal, []),
    ]
    writeFileSync(dotenvOf(folder, stack), lines.map(([name, value]) => `${name}='${value}'\n`).join(''))
  }
}

function variables(settings: Readonly<Record<string, unknown>>, path: readonly string[]): [string, string][] {
  return Object.entries(settings).flatMap(([key, value]): [string, string][] => {
    const at = [...path, key]
    if (typeof value !== 'object' || value === null) return [[variableOf(at), String(value)]]
    if (Array.isArray(value)) return [[variableOf(at), JSON.stringify(value)]]
    return variables(value as Readonly<Record<string, unknown>>, at)
  })
}
