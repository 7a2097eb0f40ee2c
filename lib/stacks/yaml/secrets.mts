import { readsOf } from '../../kube/containers.mts'
import type { KubeObject } from '../../kube/object.mts'
import type { Secret } from '../../kube/schema/types.mts'
import { Redacted } from '../../report/redact.mts'
import type { SecretNeed } from '../stack.mts'
import { podOf } from './crew.mts'
import { isCustom } from './kinds.mts'

/** Every value that the Secrets among the objects hold, as it is and as pods get it: nobody may print them. */
export function secretValues(objects: readonly KubeObject[]): Redacted[] {
  const secrets = objects.filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Secret') as Secret[]
  return secrets
    .flatMap(({ data = {}, stringData = {} }) => [
      ...Object.values(data).flatMap((value) => [value, Buffer.from(value, 'base64').toString()]),
      ...Object.values(stringData),
    ])
    .map((value) => new Redacted(value))
}

/** Secrets that pods read and that a custom resource among the objects fills: pods do not start before they have their keys. */
export function filledSecrets(objects: readonly KubeObject[], home: string): SecretNeed[] {
  const filled = new Set(objects.filter(isCustom).flatMap((object) => filledBy(object, home)))
  const read = objects.flatMap((object) =>
    readsOf(podOf(object)?.spec)
      .filter(({ kind, optional }) => kind === 'Secret' && !optional)
      .map(({ name, keys }): SecretNeed => ({ namespace: object.metadata.namespace ?? home, name, keys })),
  )
  return merged(read).filter(({ namespace, name }) => filled.has(`${namespace}/${name}`))
}

/** The Secret that a VaultStaticSecret, a Certificate, an ExternalSecret or a SealedSecret makes. */
function filledBy({ kind, metadata, spec }: KubeObject & { spec?: Maker }, home: string): string[] {
  const names: Readonly<Record<string, string | undefined>> = {
    VaultStaticSecret: spec?.destination?.name,
    Certificate: spec?.secretName,
    ExternalSecret: spec?.target?.name ?? metadata.name,
    SealedSecret: metadata.name,
  }
  const name = names[kind]
  return name === undefined ? [] : [`${metadata.namespace ?? home}/${name}`]
}

interface Maker {
  destination?: { name?: string }
  secretName?: string
  target?: { name?: string }
}

function merged(needs: readonly SecretNeed[]): SecretNeed[] {
  const found = new Map<string, SecretNeed>()
  for (const need of needs) {
    const key = `${need.namespace}/${need.name}`
    found.set(key, { ...need, keys: [...new Set([...(found.get(key)?.keys ?? []), ...need.keys])] })
  }
  return [...found.values()]
}
