import { createHash } from 'node:crypto'
import type { Live, Ref } from '../../kube/object.mts'
import type { VaultAuth, VaultStaticSecret } from '../../kube/custom.mts'
import type { Secret } from '../../kube/schema/types.mts'
import type { VaultTrouble } from '../stage/stage.mts'
import { canonical, stamp } from './naming.mts'
import { isLeaving, ownerOf } from './owning.mts'
import { at, itself, KINDS, reconcile, type Controller, type World } from './world.mts'

// The operator's requeueDurationOnError, plus jitter.
const RETRY = 5_500
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }

/** The Vault Secrets Operator: logs in as a VaultAuth says, and copies paths into Secrets. */
export const startVault: Controller = (world) => {
  const { vault } = world.stage.delays
  const auths = reconcile(world, {
    watches: [{ kind: KINDS.VaultAuth, concerns: itself }],
    sync: (ref) => validate(world, ref),
    delay: vault,
  })
  const copies = reconcile(world, {
    watches: [{ kind: KINDS.VaultStaticSecret, concerns: itself }],
    sync: (ref) => copy(world, ref),
    delay: vault,
  })
  return {
    [Symbol.dispose]: () => {
      auths[Symbol.dispose]()
      copies[Symbol.dispose]()
    },
  }
}

function troubleOf({ stage }: World, { kind, metadata }: Live): VaultTrouble | undefined {
  return stage.vault.troubles.find((one) => one.kind === kind && (one.name?.test(metadata.name) ?? true))
}

function validate(world: World, ref: Ref): number | undefined {
  const live = world.store.get<VaultAuth>(ref)
  if (live === undefined || isLeaving(live)) return undefined
  const trouble = troubleOf(world, live)
  if (trouble !== undefined) complain(world, live, trouble)
  if (trouble?.onlyEvent === true) return RETRY
  const status = {
    valid: trouble === undefined,
    error: trouble?.says ?? '',
    conditions: conditionsFor(world, live, ['Healthy', 'Ready'], trouble),
    specHash: createHash('sha256').update(canonical(live.spec)).digest('hex'),
  }
  world.store.put({ ...live, status })
  return trouble === undefined ? undefined : RETRY
}

function complain({ say }: World, about: Live, { reason, says }: Pick<VaultTrouble, 'reason' | 'says'>): void {
  say({ about, type: 'Warning', reason, message: says, by: about.kind })
}

type Conditions = NonNullable<NonNullable<VaultAuth['status']>['conditions']>

function conditionsFor(
  { time }: World,
  live: Live<VaultAuth | VaultStaticSecret>,
  types: readonly string[],
  trouble: Pick<VaultTrouble, 'reason' | 'says'> | undefined,
): Conditions {
  const before = live.status?.conditions ?? []
  const status = trouble === undefined ? 'True' : 'False'
  return types.map((type) => {
    const known = before.find((one) => one.type === type)
    const since = known?.status === status ? known.lastTransitionTime : undefined
    return {
      type,
      status,
      observedGeneration: live.metadata.generation ?? 1,
      lastTransitionTime: since ?? stamp(time.now()),
      reason: trouble?.reason ?? type,
      message: trouble?.says ?? (type === 'SecretSynced' ? 'Secret synced' : 'Healthy'),
    }
  })
}

function copy(world: World, ref: Ref): number | undefined {
  const live = world.store.get<VaultStaticSecret>(ref)
  if (live === undefined || isLeaving(live)) return undefined
  const known = world.store.get<Secret>(at(KINDS.Secret, live.metadata.namespace, live.spec.destination.name))
  // Nothing is said where the Secret is to be there and is not.
  if (known === undefined && live.spec.destination.create !== true) return RETRY
  const trouble = lackOf(world, live, known)
  if (trouble !== undefined) {
    complain(world, live, trouble)
    if (trouble.onlyEvent !== true) world.store.put({ ...live, status: failed(world, live, trouble) })
    return RETRY
  }
  const data = world.stage.vault.data[pathOf(live)] ?? {}
  const secret = secretFor(live, data, known)
  const isChanged = canonical(secret.data) !== canonical(known?.data)
  world.store.put(secret)
  const says = 'Secret synced'
  if (isChanged) world.say({ about: live, reason: 'SecretSynced', message: says, by: 'VaultStaticSecret' })
  world.store.put({ ...live, status: synced(world, live, data) })
  return refreshOf(live)
}

function pathOf({ spec }: VaultStaticSecret): string {
  return `${spec.mount}/${spec.path}`
}

function refreshOf({ spec }: VaultStaticSecret): number | undefined {
  const [, number, unit = ''] = /^([\d.]+)([smh])$/.exec(spec.refreshAfter ?? '') ?? []
  return number === undefined ? undefined : Number(number) * (UNITS[unit] ?? 1_000)
}

/** Why this path cannot be copied: staged trouble, a VaultAuth that is not there or not valid, a path without data. */
function lackOf(
  world: World,
  live: Live<VaultStaticSecret>,
  known: Live<Secret> | undefined,
): (Pick<VaultTrouble, 'reason' | 'says'> & { onlyEvent?: boolean }) | undefined {
  const staged = troubleOf(world, live)
  if (staged !== undefined) return staged
  const { namespace } = live.metadata
  const name = live.spec.vaultAuthRef ?? 'default'
  const auth = world.store.get<VaultAuth>(at(KINDS.VaultAuth, namespace, name))
  if (auth === undefined) {
    const says = `Failed to get VaultAuth: VaultAuth.secrets.hashicorp.com "${name}" not found`
    return { reason: 'VaultClientConfigError', says }
  }
  if (auth.status?.valid !== true) {
    return {
      reason: 'VaultClientConfigError',
      says: `Failed to get Vault client: ${auth.status?.error ?? 'not valid'}`,
    }
  }
  if (known !== undefined && !isOurs(live, known) && live.spec.destination.overwrite !== true) {
    const says = `Failed to update k8s secret: not the owner of the destination Secret, name=${known.metadata.name}`
    return { reason: 'SecretSyncError', says, onlyEvent: true }
  }
  if (world.stage.vault.data[pathOf(live)] !== undefined) return undefined
  return {
    reason: 'VaultClientError',
    says: `Failed to read Vault secret: empty response from Vault, path="${pathOf(live)}"`,
  }
}

function isOurs({ metadata: { uid } }: Live, secret: Live<Secret>): boolean {
  return secret.metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false
}

function secretFor(
  live: Live<VaultStaticSecret>,
  data: Readonly<Record<string, string>>,
  known: Live<Secret> | undefined,
): Secret {
  const { name, type = 'Opaque', labels, annotations } = live.spec.destination
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
  const raw = Buffer.from(JSON.stringify({ data, metadata: {} })).toString('base64')
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...known?.metadata,
      name,
      namespace: live.metadata.namespace ?? '',
      labels: {
        ...labels,
        'app.kubernetes.io/managed-by': 'hashicorp-vso',
        'secrets.hashicorp.com/vso-ownerRefUID': live.metadata.uid,
      },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [ownerOf(live)],
    },
    type,
    data: { ...Object.fromEntries(encoded), _raw: raw },
  }
}

type Status = NonNullable<VaultStaticSecret['status']>

function synced(world: World, live: Live<VaultStaticSecret>, data: object): Status {
  return {
    lastGeneration: live.metadata.generation ?? 1,
    secretMAC: createHash('sha256').update(canonical(data)).digest('base64'),
    conditions: conditionsFor(world, live, ['SecretSynced', 'Healthy', 'Ready'], undefined),
  }
}

// The generation is told though the sync failed: it is no sign of success.
function failed(world: World, live: Live<VaultStaticSecret>, trouble: Pick<VaultTrouble, 'reason' | 'says'>): Status {
  const { secretMAC } = live.status ?? {}
  return {
    lastGeneration: live.metadata.generation ?? 1,
    ...(secretMAC === undefined ? {} : { secretMAC }),
    conditions: conditionsFor(world, live, ['SecretSynced', 'Healthy', 'Ready'], trouble),
  }
}
