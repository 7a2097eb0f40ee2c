import { DeployError } from '../../error.mts'
import type { KubeObject } from '../../kube/object.mts'
import type { Secret } from '../../kube/schema/types.mts'
import { ENVIRONMENT_ANNOTATION } from '../../marks.mts'
import type { Redacted } from '../../report/redact.mts'
import type { Desired } from '../stack.mts'

/** The operator's variable that a key's value comes from. */
export interface FromEnvironment {
  variable: string
}

/** `fromEnvironment('YAB_DATABASE_URL')`: the value is read when a deploy sends it, and nowhere else. */
export function fromEnvironment(variable: string): FromEnvironment {
  return { variable }
}

/**
 * A Secret whose values come from the operator's environment or a git-ignored file. It is rendered without data, so that
 * neither manifests/ nor a record holds any, and so that its file, applied by hand, takes nothing away.
 */
export function environmentSecret(name: string, keys: Readonly<Record<string, FromEnvironment>>): Secret {
  const sources = Object.entries(keys).map(([key, { variable }]) => (key === variable ? key : `${key}=$(${variable})`))
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, annotations: { [ENVIRONMENT_ANNOTATION]: sources.join('\n') } },
    type: 'Opaque',
  }
}

/**
 * The same desired state with these Secrets filled in, for the one request that sends them: what is printed, hashed and
 * recorded comes from the other one. Throws `secret-missing` with all variables that are not there, because a Secret
 * that is applied without the data of last time loses it.
 */
export function withSecretData(desired: Desired, read: (variable: string) => Redacted | undefined): Desired {
  const missing = desired.components.flatMap(({ objects }) => objects.flatMap((object) => unset(object, read)))
  if (missing.length > 0) throw notSet(missing)
  const components = desired.components.map((one) => ({ ...one, objects: one.objects.map((o) => filled(o, read)) }))
  return { ...desired, components }
}

/** Which variable each key of the Secret gets its value from; nothing for any other object. */
export function sourcesOf({ kind, metadata }: KubeObject): { key: string; variable: string }[] {
  const told = kind === 'Secret' ? (metadata.annotations?.[ENVIRONMENT_ANNOTATION] ?? '') : ''
  return told
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => {
      const [, key = part, variable = part] = /^(.+)=\$\((.+)\)$/.exec(part) ?? []
      return { key, variable }
    })
}

function unset(object: KubeObject, read: (variable: string) => Redacted | undefined): string[] {
  const variables = sourcesOf(object).filter(({ variable }) => (read(variable)?.reveal() ?? '') === '')
  return variables.map(({ variable, key }) => `${variable} (key ${key} of Secret ${object.metadata.name})`)
}

function filled(object: KubeObject, read: (variable: string) => Redacted | undefined): KubeObject {
  const sources = sourcesOf(object)
  if (sources.length === 0) return object
  const data = sources.map(({ key, variable }) => [key, Buffer.from(read(variable)?.reveal() ?? '').toString('base64')])
  return { ...object, data: Object.fromEntries(data) } as Secret
}

function notSet(missing: readonly string[]): DeployError {
  const [first = ''] = missing
  return new DeployError({
    code: 'secret-missing',
    says: `Cannot make Secrets: ${missing.length} of the operator's variables ${missing.length === 1 ? 'is' : 'are'} not set`,
    evidence: missing,
    next: `export ${first.split(' ')[0]}=… and the others, or write them into .env, which git ignores`,
  })
}
