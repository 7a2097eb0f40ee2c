import type { Certificate, CertificateRequest } from '../../kube/custom.mts'
import type { KubeObject, Live } from '../../kube/object.mts'
import type { CertificateTrouble } from '../stage/stage.mts'
import { momentOf, stamp } from './naming.mts'
import { ownerOf } from './owning.mts'
import { at, KINDS, type World } from './world.mts'

/** How far an issuance is. */
export type Chain = { state: 'waits'; ms: number } | { state: 'issued' } | { state: 'failed'; says: string }

interface Link extends KubeObject {
  spec?: object
  status?: { state?: string; reason?: string }
}

// How often an issuer that is not there is looked for.
const RETRY = 5_000

/** One attempt at a certificate: its request, and the order and challenge below it. */
export function issueBy(world: World, live: Live<Certificate>): Chain {
  const request = requestFor(world, live)
  const issuer = world.store.get(at(KINDS.ClusterIssuer, undefined, live.spec.issuerRef.name))
  if (issuer === undefined) return unissued(world, request, live.spec.issuerRef.name)
  const order = linkFor(world, KINDS.Order, request, { dnsNames: live.spec.dnsNames ?? [] }, { state: 'pending' })
  const trouble = world.stage.certificates.troubles.find((one) => one.name?.test(live.metadata.name) ?? true)
  const challenge = challengeFor(world, order, live, trouble)
  const began = momentOf(order.metadata.creationTimestamp) ?? world.time.now()
  const left = began + world.stage.delays.issue - world.time.now()
  if (left > 0) return { state: 'waits', ms: left }
  if (trouble?.state === 'stuck') return { state: 'waits', ms: RETRY }
  if (trouble !== undefined) return refused(world, { request, order, challenge }, trouble.says)
  world.store.put<Link>({ ...order, status: { state: 'valid' } })
  world.store.drop(at(challenge, live.metadata.namespace, challenge.metadata.name))
  told(world, request, { status: 'True', reason: 'Issued', message: 'Certificate fetched from issuer successfully' })
  return { state: 'issued' }
}

function requestFor({ store }: World, live: Live<Certificate>): Live<CertificateRequest> {
  const name = `${live.metadata.name}-${live.metadata.generation ?? 1}`
  const { namespace = '' } = live.metadata
  const known = store.get<CertificateRequest>(at(KINDS.CertificateRequest, namespace, name))
  if (known !== undefined) return known
  return store.put<CertificateRequest>({
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { name, namespace, generation: 1, ownerReferences: [ownerOf(live)] },
    spec: { issuerRef: live.spec.issuerRef, request: '' },
  })
}

function linkFor(
  { store }: World,
  kind: typeof KINDS.Order | typeof KINDS.Challenge,
  owner: Live,
  spec: object,
  status: Link['status'] & object,
): Live<Link> {
  const { namespace = '', name: base } = owner.metadata
  const ref = at(kind, namespace, `${base}-1`)
  const known = store.get<Link>(ref)
  if (known !== undefined) return known
  const metadata = { name: ref.name, namespace, generation: 1, ownerReferences: [ownerOf(owner)] }
  return store.put<Link>({ ...kind, metadata, spec, status })
}

function challengeFor(
  world: World,
  order: Live,
  { spec }: Certificate,
  trouble: CertificateTrouble | undefined,
): Live<Link> {
  const reason = trouble?.says ?? 'Waiting for HTTP-01 challenge propagation'
  const [dnsName = ''] = spec.dnsNames ?? []
  return linkFor(world, KINDS.Challenge, order, { dnsName, type: 'HTTP-01' }, { state: 'pending', reason })
}

function unissued(world: World, request: Live<CertificateRequest>, name: string): Chain {
  const message = `Referenced "ClusterIssuer" not found: clusterissuer.cert-manager.io "${name}" not found`
  told(world, request, { status: 'False', reason: 'Pending', message })
  return { state: 'waits', ms: RETRY }
}

function refused(
  world: World,
  { request, order, challenge }: { request: Live<CertificateRequest>; order: Live<Link>; challenge: Live<Link> },
  says: string,
): Chain {
  world.store.put<Link>({ ...challenge, status: { state: 'invalid', reason: says } })
  const reason = `Failed to wait for order resource to become ready: order is in "invalid" state: ${says}`
  world.store.put<Link>({ ...order, status: { state: 'invalid', reason } })
  told(world, request, { status: 'False', reason: 'Failed', message: reason })
  return { state: 'failed', says }
}

function told(
  { store, time }: World,
  request: Live<CertificateRequest>,
  ready: { status: string; reason: string; message: string },
): void {
  const known = request.status?.conditions?.find(({ type }) => type === 'Ready')
  const since = known?.status === ready.status ? known.lastTransitionTime : undefined
  const condition = { type: 'Ready', ...ready, lastTransitionTime: since ?? stamp(time.now()) }
  store.put({ ...request, status: { ...request.status, conditions: [condition] } })
}
