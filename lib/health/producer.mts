import { kindKey, type KubeObject, type Live } from '../kube/object.mts'
import type { Health, Judge, Snapshot } from './health.mts'
import { judgeCertificate } from './certificate.mts'
import { objectAt } from './owner.mts'
import { ready } from './say.mts'
import { keysIn } from './seen.mts'
import { judgeStaticSecret } from './vault.mts'

/** A Secret or ConfigMap that a container lacks. */
export type Awaited = { name: string } & (
  | { state: 'there' }
  | { state: 'nobody' }
  | { state: 'produced'; by: Live; health: Health }
)

interface Producer {
  /** The name of the Secret that such an object makes. */
  makes: (object: KubeObject) => unknown
  judge: Judge
}

interface Made {
  spec?: { destination?: { name?: unknown }; secretName?: unknown; target?: { name?: unknown } }
}

/** Kinds that make Secrets. Of those that we do not know more of, it is enough that they exist. */
const PRODUCERS: Readonly<Record<string, Producer>> = {
  'secrets.hashicorp.com/VaultStaticSecret': {
    makes: (o) => (o as Made).spec?.destination?.name,
    judge: judgeStaticSecret,
  },
  'secrets.hashicorp.com/VaultDynamicSecret': { makes: (o) => (o as Made).spec?.destination?.name, judge: exists },
  'secrets.hashicorp.com/VaultPKISecret': { makes: (o) => (o as Made).spec?.destination?.name, judge: exists },
  'cert-manager.io/Certificate': { makes: (o) => (o as Made).spec?.secretName, judge: judgeCertificate },
  'external-secrets.io/ExternalSecret': {
    makes: (o) => (o as Made).spec?.target?.name ?? o.metadata.name,
    judge: exists,
  },
  'bitnami.com/SealedSecret': { makes: (o) => o.metadata.name, judge: exists },
}

function exists(): Health {
  return ready('')
}

const LACKS: readonly RegExp[] = [
  /couldn't find key (?<key>\S+) in (?<kind>Secret|ConfigMap) \S+\/(?<name>[^\s/:,]+)/i,
  /references non-existent (?<kind>secret|config) key: (?<key>\S+)/i,
  /(?<kind>secret|configmap) "(?<name>[^"]+)" not found/i,
]

/**
 * Whether what a message says is lacking is there meanwhile, is being made by something in the snapshot, or by nobody.
 * Undefined where the message names nothing.
 */
export function awaited(message: string, pod: KubeObject, snapshot: Snapshot): Awaited | undefined {
  const lack = LACKS.map((pattern) => pattern.exec(message)?.groups).find((groups) => groups !== undefined)
  if (lack?.['name'] === undefined) return undefined
  const kind = /^secret$/i.test(lack['kind'] ?? '') ? 'Secret' : 'ConfigMap'
  const wanted = { kind, name: lack['name'], key: lack['key'], namespace: pod.metadata.namespace }
  const name = `${kind} ${wanted.name}${wanted.key === undefined ? '' : ` with key ${wanted.key}`}`
  if (isThere(wanted, snapshot)) return { name, state: 'there' }
  const by = kind === 'Secret' ? producerOf(wanted, snapshot) : undefined
  if (by === undefined) return { name, state: 'nobody' }
  const health = PRODUCERS[kindKey(by)]?.judge({ object: by, since: 0 }, snapshot) ?? ready('')
  // Made and complete, yet not with this key: waiting does not bring it.
  return health.state === 'ready' && wanted.key !== undefined
    ? { name, state: 'nobody' }
    : { name, state: 'produced', by, health }
}

interface Wanted {
  kind: string
  name: string
  key: string | undefined
  namespace: string | undefined
}

// The kubelet asks again every few seconds: what is there by now needs no more than that.
function isThere({ kind, name, key, namespace }: Wanted, snapshot: Snapshot): boolean {
  const object = objectAt(snapshot, { kind: `/${kind}`, namespace, name })
  return object !== undefined && (key === undefined || keysIn(object).has(key))
}

function producerOf({ name, namespace }: Wanted, snapshot: Snapshot): Live | undefined {
  return snapshot.objects.find(
    (object) => object.metadata.namespace === namespace && PRODUCERS[kindKey(object)]?.makes(object) === name,
  )
}
