import { CODES, DeployError } from '../../error.mts'
import type { Code, Exit } from '../../error.mts'
import { suggest } from '../../report/suggest.mts'
import { castOf } from './cast.mts'
import type { Cast, Rendered } from './cast.mts'
import type { Drill, DrillScript } from './drill.mts'
import { DRILLS } from './drills.mts'

/** The word that asks for the list in place of a drill. */
export const LIST = 'list'

/** The drill of that name, for this script. Throws `usage` with what was probably meant, or with what it is for. */
export function drillNamed(name: string, script: string): Drill {
  const drill = Object.hasOwn(DRILLS, name) ? DRILLS[name] : undefined
  if (drill === undefined) throw unknown(name, script)
  const { script: own = 'deploy' } = drill
  if (own !== script)
    throw new DeployError({
      code: 'usage',
      says: `Cannot rehearse ${name} here: it is for ${own}.mts`,
      next: commandOf(name, own),
    })
  return drill
}

/** Every drill: its name, the code and exit that it ends with, and what goes wrong. */
export function drillRows(): { name: string; code: Code; exit: Exit; script: DrillScript; says: string }[] {
  return Object.entries(DRILLS).map(([name, { code, title, script = 'deploy' }]) => ({
    name,
    code,
    exit: CODES[code],
    script,
    says: title,
  }))
}

/** One line for each of them. */
export function drillLines(): string[] {
  const rows = drillRows()
  const width = (of: 'name' | 'code'): number => Math.max(...rows.map((row) => row[of].length))
  return rows.map(({ name, code, script, says }) => {
    const where = script === 'deploy' ? '' : ` (${script}.mts)`
    return `${name.padEnd(width('name'))}  ${code.padEnd(width('code'))}  ${says}${where}`
  })
}

/** The players of a drill. Throws `usage` with the drills that this stack can play, where it lacks one of them. */
export function castFor(name: string, drill: Drill, rendered: Rendered): Cast {
  const cast = castOf(rendered)
  const missing = cast === undefined ? 'app' : drill.needs?.find((role) => !cast.roles.has(role))
  if (cast !== undefined && missing === undefined) return cast
  throw new DeployError({
    code: 'usage',
    says: `Cannot rehearse ${name} here: stack ${rendered.stack} has no ${missing}`,
    evidence: [`drills that it can play: ${playable(cast).join(', ')}`],
    next: 'npx zx deploy.mts --rehearse=list',
  })
}

function playable(cast: Cast | undefined): string[] {
  const fits = ({ needs = [] }: Drill): boolean => cast !== undefined && needs.every((role) => cast.roles.has(role))
  return Object.entries(DRILLS).flatMap(([name, drill]) => (fits(drill) ? [name] : []))
}

function unknown(name: string, script: string): DeployError {
  const meant = suggest(name, [...Object.keys(DRILLS), LIST])
  const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`
  return new DeployError({
    code: 'usage',
    says: `Cannot rehearse ${name}: there is no such drill${hint}`,
    evidence: [`drills: ${Object.keys(DRILLS).join(', ')}`],
    next:
      meant === undefined || meant === LIST
        ? `npx zx ${script}.mts --rehearse=list`
        : commandOf(meant, DRILLS[meant]?.script),
  })
}

function commandOf(name: string, script: DrillScript = 'deploy'): string {
  return `npx zx ${script}.mts${script === 'deploy' ? ' --tag TAG' : ''} --rehearse=${name}`
}
