import type { VaultStaticSecret } from '../../kube/custom.mts'
import { readsOf, templateOf } from '../../kube/containers.mts'
import type { KubeObject } from '../../kube/object.mts'
import type { Ingress, Secret } from '../../kube/schema/types.mts'
import type { MintedPair } from './stage.mts'
import type { Staging, Values } from './staging.mts'

/** A Secret and the keys that are read from it. */
export interface Need {
  namespace: string
  name: string
  keys: readonly string[]
}

export interface Wanting {
  objects: readonly KubeObject[]
  /** What the stack declares; what its pods read is added to it. */
  needs: readonly Need[]
  home: string
  staging: Staging
  secret: (purpose: string) => string
  mint: (names: readonly string[]) => MintedPair | Promise<MintedPair>
}

/** What Vault holds and what an operator has made by hand, so that this stack can be deployed. */
export interface Supplies {
  vault: Readonly<Record<string, Values>>
  secrets: readonly Secret[]
}

/** Everything that the stack waits for from outside: staged where its author said what, else made up. */
export async function suppliesFor(wanting: Wanting): Promise<Supplies> {
  const { objects, staging } = wanting
  const needs = allNeeds(wanting)
  const copies = objects.filter(isCopy)
  const vault = copies.map(({ spec, metadata }): [string, Values] => {
    const path = `${spec.mount}/${spec.path}`
    const known = staging.vault?.[path]
    const keys = needs.find((need) => need.name === spec.destination.name && need.namespace === metadata.namespace)
    return [path, known ?? invented(path, keys?.keys ?? ['VALUE'], wanting)]
  })
  const byHand = needs.filter((need) => !isMade(need, objects))
  return {
    vault: { ...staging.vault, ...Object.fromEntries(vault) },
    secrets: await Promise.all(byHand.map((need) => secretFor(need, wanting))),
  }
}

function isCopy(object: KubeObject): object is VaultStaticSecret {
  return object.kind === 'VaultStaticSecret'
}

function allNeeds({ objects, needs, home }: Wanting): Need[] {
  const read = objects.flatMap((object) => {
    const namespace = object.metadata.namespace ?? home
    return readsOf(templateOf(object)?.spec)
      .filter(({ kind, optional }) => kind === 'Secret' && !optional)
      .map(({ name, keys }): Need => ({ namespace, name, keys }))
  })
  const merged = new Map<string, Need>()
  for (const need of [...needs, ...read]) {
    const key = `${need.namespace}/${need.name}`
    merged.set(key, { ...need, keys: [...new Set([...(merged.get(key)?.keys ?? []), ...need.keys])] })
  }
  return [...merged.values()]
}

/** Whether something in the stack brings this Secret into being. */
function isMade({ namespace, name }: Need, objects: readonly KubeObject[]): boolean {
  return objects
    .filter(({ metadata }) => metadata.namespace === namespace)
    .some(
      (object) =>
        (['Secret', 'SealedSecret'].includes(object.kind) && object.metadata.name === name) ||
        (isCopy(object) && object.spec.destination.name === name) ||
        (isIssued(object) && (object as Ingress).spec?.tls?.some(({ secretName }) => secretName === name) === true),
    )
}

function isIssued({ kind, metadata }: KubeObject): boolean {
  return (
    kind === 'Ingress' &&
    Object.keys(metadata.annotations ?? {}).some((key) => /^cert-manager\.io\/.*issuer$/.test(key))
  )
}

async function secretFor(need: Need, wanting: Wanting): Promise<Secret> {
  const { namespace, name } = need
  const isTls = need.keys.includes('tls.crt')
  const values = isTls
    ? await wanting.mint(hostsFor(need, wanting.objects))
    : (wanting.staging.secrets?.[name] ?? invented(name, need.keys, wanting))
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name },
    type: isTls ? 'kubernetes.io/tls' : 'Opaque',
    data: encoded(values),
  }
}

function hostsFor({ name }: Need, objects: readonly KubeObject[]): string[] {
  const ingresses = objects.filter(({ kind }) => kind === 'Ingress') as Ingress[]
  const hosts = ingresses.flatMap(({ spec }) =>
    (spec?.tls ?? []).flatMap((one) => (one.secretName === name ? (one.hosts ?? []) : [])),
  )
  return hosts.length === 0 ? ['unknown.invalid'] : hosts
}

function invented(where: string, keys: readonly string[], { secret }: Wanting): Values {
  return Object.fromEntries(keys.map((key) => [key, secret(`${where}/${key}`)]))
}

function encoded(values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]))
}
