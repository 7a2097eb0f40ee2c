import type { Live, Ref } from '../../kube/object.mts'
import type { Certificate } from '../../kube/custom.mts'
import type { Ingress, Secret } from '../../kube/schema/types.mts'
import type { MintedPair } from '../stage/stage.mts'
import { issueBy, type Chain } from './issuing.mts'
import { momentOf, stamp } from './naming.mts'
import { isLeaving, ownerOf } from './owning.mts'
import { at, itself, KINDS, reconcile, type Controller, type World } from './world.mts'

const ISSUER = 'cert-manager.io/cluster-issuer'
const LIFETIME = 90 * 86_400_000
// cert-manager tries again after an hour at the earliest (pkg/controller/certificates/trigger).
const RETRY = 3_600_000

/** cert-manager: a Certificate for each Ingress that asks for one, and a Secret for each Certificate. */
export const startCertificates: Controller = (world) => {
  const shim = reconcile(world, {
    watches: [{ kind: KINDS.Ingress, concerns: itself }],
    sync: (ref) => ask(world, ref),
  })
  const minting = new Set<string>()
  const keeper = reconcile(world, {
    watches: [
      { kind: KINDS.Certificate, concerns: itself },
      { kind: KINDS.Secret, concerns: (secret) => keeping(world, secret) },
    ],
    sync: (ref) => keep(world, ref, minting),
  })
  return {
    [Symbol.dispose]: () => {
      shim[Symbol.dispose]()
      keeper[Symbol.dispose]()
    },
  }
}

function keeping({ store }: World, secret: Live): readonly Ref[] {
  return store
    .list<Certificate>(
      KINDS.Certificate,
      secret.metadata.namespace,
      ({ spec }) => spec.secretName === secret.metadata.name,
    )
    .flatMap(itself)
}

/** The ingress shim. */
function ask({ store, say }: World, ref: Ref): undefined {
  const live = store.get<Ingress>(ref)
  const issuer = live?.metadata.annotations?.[ISSUER]
  if (live === undefined || isLeaving(live) || issuer === undefined) return undefined
  for (const { hosts = [], secretName } of live.spec?.tls ?? []) {
    if (secretName === undefined || hosts.length === 0) continue
    const known = store.get<Certificate>(at(KINDS.Certificate, ref.namespace, secretName))
    const spec = {
      secretName,
      dnsNames: hosts,
      issuerRef: { name: issuer, kind: 'ClusterIssuer' as const, group: 'cert-manager.io' },
      usages: ['digital signature', 'key encipherment'],
    }
    const isSame = JSON.stringify(known?.spec) === JSON.stringify(spec)
    if (isSame) continue
    const generation = (known?.metadata.generation ?? 0) + 1
    const metadata = { name: secretName, namespace: ref.namespace ?? '', generation, ownerReferences: [ownerOf(live)] }
    store.put<Certificate>({
      ...known,
      ...KINDS.Certificate,
      metadata: { ...known?.metadata, ...metadata },
      spec,
    } as Certificate)
    const message = `Successfully created Certificate "${secretName}"`
    if (known === undefined) say({ about: live, reason: 'CreateCertificate', message, by: 'cert-manager-ingress-shim' })
  }
}

function keep(world: World, ref: Ref, minting: Set<string>): number | undefined {
  const live = world.store.get<Certificate>(ref)
  if (live === undefined || isLeaving(live)) return undefined
  const secret = world.store.get<Secret>(at(KINDS.Secret, ref.namespace, live.spec.secretName))
  if (isIssuedFor(live, secret)) return settle(world, live)
  const failedAt = momentOf(live.status?.lastFailureTime)
  const rests = failedAt === undefined ? 0 : failedAt + RETRY - world.time.now()
  if (rests > 0) return rests
  const isBegun = conditionOf(live, 'Issuing')?.status === 'True'
  if (!isBegun) begin(world, live)
  const chain = issueBy(world, world.store.get<Certificate>(ref) ?? live)
  if (chain.state === 'waits') return chain.ms
  if (chain.state === 'failed') return fail(world, ref, chain)
  mint(world, live, minting)
  return undefined
}

function conditionOf({ status }: Certificate, type: string): { status: string } | undefined {
  return status?.conditions?.find((one) => one.type === type)
}

const NAMES = 'cert-manager.io/alt-names'

function isIssuedFor({ spec }: Certificate, secret: Secret | undefined): boolean {
  if (secret?.data?.['tls.crt'] === undefined || secret.data['tls.key'] === undefined) return false
  const names = secret.metadata.annotations?.[NAMES]
  // One that somebody else put there is taken as it is.
  return names === undefined || names === (spec.dnsNames ?? []).join(',')
}

type Told = { status: string; reason: string; message: string }

function conditions({ time }: World, { metadata, status }: Certificate, told: Readonly<Record<string, Told>>) {
  return Object.entries(told).map(([type, one]) => {
    const known = status?.conditions?.find((condition) => condition.type === type)
    const since = known?.status === one.status ? known.lastTransitionTime : undefined
    const observedGeneration = metadata.generation ?? 1
    return { type, ...one, observedGeneration, lastTransitionTime: since ?? stamp(time.now()) }
  })
}

function begin(world: World, live: Live<Certificate>): void {
  const message = 'Issuing certificate as Secret does not exist'
  const told = { reason: 'DoesNotExist', message }
  const both = { Issuing: { status: 'True', ...told }, Ready: { status: 'False', ...told } }
  world.store.put({ ...live, status: { ...live.status, conditions: conditions(world, live, both) } })
  world.say({ about: live, reason: 'Issuing', message, by: 'cert-manager-certificates-trigger' })
}

function settle(world: World, live: Live<Certificate>): undefined {
  const ready = { status: 'True', reason: 'Ready', message: 'Certificate is up to date and has not expired' }
  const { notAfter, notBefore, renewalTime, revision } = live.status ?? {}
  const now = world.time.now()
  const status = {
    conditions: conditions(world, live, { Ready: ready }),
    notBefore: notBefore ?? stamp(now),
    notAfter: notAfter ?? stamp(now + LIFETIME),
    renewalTime: renewalTime ?? stamp(now + (LIFETIME * 2) / 3),
    revision: revision ?? 1,
  }
  world.store.put({ ...live, status })
}

function fail(world: World, ref: Ref, { says }: Extract<Chain, { state: 'failed' }>): number | undefined {
  const live = world.store.get<Certificate>(ref)
  if (live === undefined) return undefined
  const message = `The certificate request has failed to complete and will be retried: ${says}`
  const told = {
    Issuing: { status: 'False', reason: 'Failed', message },
    Ready: { status: 'False', reason: 'DoesNotExist', message: 'Issuing certificate as Secret does not exist' },
  }
  const failedIssuanceAttempts = (live.status?.failedIssuanceAttempts ?? 0) + 1
  const lastFailureTime = stamp(world.time.now())
  world.store.put({
    ...live,
    status: { conditions: conditions(world, live, told), failedIssuanceAttempts, lastFailureTime },
  })
  world.say({ about: live, type: 'Warning', reason: 'Failed', message, by: 'cert-manager-certificates-issuing' })
  return RETRY
}

/** Has the certificate made, once at a time; what it becomes part of wakes its keeper. */
function mint(world: World, live: Live<Certificate>, minting: Set<string>): void {
  const { uid } = live.metadata
  if (minting.has(uid)) return
  const pair = world.stage.certificates.mint(live.spec.dnsNames ?? [])
  if (!(pair instanceof Promise)) return deliver(world, live, pair)
  minting.add(uid)
  void pair.then((made) => deliver(world, live, made)).finally(() => minting.delete(uid))
}

function deliver({ store, say }: World, live: Live<Certificate>, pair: MintedPair): void {
  const names = live.spec.dnsNames ?? []
  const known = store.get<Secret>(at(KINDS.Secret, live.metadata.namespace, live.spec.secretName))
  const annotations = {
    [NAMES]: names.join(','),
    'cert-manager.io/certificate-name': live.metadata.name,
    'cert-manager.io/issuer-name': live.spec.issuerRef.name,
  }
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...known?.metadata,
      name: live.spec.secretName,
      namespace: live.metadata.namespace ?? '',
      annotations: { ...known?.metadata.annotations, ...annotations },
    },
    type: 'kubernetes.io/tls',
    data: Object.fromEntries(Object.entries(pair).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  }
  store.put(secret)
  const message = 'The certificate has been successfully issued'
  say({ about: live, reason: 'Issuing', message, by: 'cert-manager-certificates-issuing' })
}
