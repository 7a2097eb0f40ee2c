import { DeployError } from '../error.mts'
import { suggest } from '../report/suggest.mts'
import { commonSettings } from './common.mts'
import { PLACEHOLDER_TAG, taggedImages } from './image.mts'
import type { RenderInput } from './render.mts'
import type { Stack } from './stack.mts'

/** The environments that a stack has presets for; production alone where it has none. */
export function environmentsOf({ environments }: Pick<Stack<never>, 'environments'>): string[] {
  const names = Object.keys(environments ?? {})
  return names.length === 0 ? ['production'] : names
}

/**
 * What a rendering follows from where nobody says anything: defaults, the environment's preset, placeholder tags. The
 * committed manifests are made of it, so neither `.env` nor the machine's environment can get into them.
 */
export function defaultInput<S>(definition: Stack<S>, environment: string): RenderInput<S> {
  refuseUnknown(definition, environment)
  const { namespace, ...rest } = definition.environments?.[environment] ?? {}
  const preset = Object.entries(rest)
  const isCommon = ([key]: [string, unknown]) => key in commonSettings.shape
  const common = commonSettings.safeParse(Object.fromEntries(preset.filter(isCommon)))
  const own = definition.settings.safeParse(Object.fromEntries(preset.filter((entry) => !isCommon(entry))))
  const [issue] = [...(common.error?.issues ?? []), ...(own.error?.issues ?? [])]
  if (!common.success || !own.success)
    throw new DeployError({
      code: 'broken-stack',
      says: `Cannot use the preset ${environment} of ${definition.name}: ${issue?.path.join('.')} ${issue?.message}`,
      next: `correct environments.${environment} in the stack ${definition.name}`,
    })
  const tags = Object.fromEntries(taggedImages(definition).map((image) => [image, PLACEHOLDER_TAG]))
  const home = typeof namespace === 'string' ? { namespace } : {}
  return { environment, ...home, tags, common: common.data, own: own.data }
}

function refuseUnknown(definition: Pick<Stack<never>, 'name' | 'environments'>, environment: string): void {
  const known = environmentsOf(definition)
  if (known.includes(environment)) return
  throw new DeployError({
    code: 'bad-setting',
    says: `Cannot use environment ${JSON.stringify(environment)}: ${definition.name} has ${known.join(', ')}`,
    next: `--env ${suggest(environment, known) ?? known[0] ?? 'production'}`,
  })
}
