import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serviceAnswer } from './controllers/serving.mts'
import type { ServiceRequest } from './controllers/serving.mts'
import { startControllers } from './controllers/start.mts'
import type { Faults } from './faults.mts'
import { MemoryStore } from './memory.mts'
import { openRehearsalServer } from './server.mts'
import type { Identity } from './server/identity.mts'
import { OPERATOR } from './server/identity.mts'
import { makeAuthority } from './stage/authority.mts'
import type { Authority } from './stage/authority.mts'
import { openEdge } from './stage/edge.mts'
import { furniture } from './stage/furniture.mts'
import { reactbinStaging } from './stage/reactbin.mts'
import { startRouter } from './stage/router.mts'
import { makeStage } from './stage/stage.mts'
import type { Stage } from './stage/stage.mts'
import { ANYBODY } from './stage/staging.mts'
import type { Staging } from './stage/staging.mts'
import { fastTime, realTime } from './stage/time.mts'
import type { Store, Time } from './store.mts'

/** How many times sooner than on a real node things happen: a good deploy takes some seconds. */
export const SPEED = 10

export interface RehearsalOptions {
  /**
   * `wall`: the cluster's times are this machine's, so that any process may judge them, and waits are shortened.
   * `own`: its clock runs as much faster as its waits are shorter, and whoever judges has to read `time`. `wall` unless given.
   */
  clock?: 'wall' | 'own'
  /** The programs and Vault of the stacks that will be deployed; reactbin's with its defaults unless given. */
  staging?: Staging
  /** Who may log in beside the operator, whom the kubeconfig names. */
  identities?: readonly Identity[]
  /** API groups whose CustomResourceDefinitions nobody installed. */
  absent?: readonly string[]
}

/** A cluster inside this process, as an operator's kubeconfig and browser would find one. Gone with its disposal. */
export interface Rehearsal extends AsyncDisposable {
  /** Path of a kubeconfig; its one context is `rehearsal`. */
  kubeconfig: string
  context: string
  /** How the site is reached from here, and who alone signed its certificates. */
  edge: { address: string; httpAddress: string; caFile: string; roots: 'none' }
  /** What the kubeconfig says, for who wants another one. */
  kubeconfigText: string
  /** A folder that goes with the rehearsal. */
  folder: string
  /** Behind the server: what is in the cluster, what its containers do, when it is there, who signs. */
  store: Store
  stage: Stage
  time: Time
  authority: Authority
  setFaults: (faults: Faults) => void
  /** How many times faster than real from now on; only with a clock of its own. */
  setSpeed: (speed: number) => void
}

/** Opens an empty cluster on loopback, with an ingress class, a storage class, cert-manager, and a Vault that knows the stack. */
export async function openRehearsal(options: RehearsalOptions = {}): Promise<Rehearsal> {
  await using made = new AsyncDisposableStack()
  const fast = options.clock === 'own' ? fastTime(SPEED) : undefined
  const time = fast ?? realTime(SPEED)
  const store = new MemoryStore(time)
  for (const object of furniture()) store.put(object)
  const authority = await makeAuthority(time.now())
  const { parts = [], vault = {} } = options.staging ?? reactbinStaging(reactbinDefaults())
  const stage = makeStage({
    parts: [...parts, ANYBODY],
    vault: { data: vault },
    certificates: { mint: (names) => authority.mint(names) },
  })
  const kubelet = made.use(startControllers({ store, time, stage }))
  const answer = (asked: ServiceRequest) => serviceAnswer(store, kubelet, asked)
  const identities = [OPERATOR, ...(options.identities ?? [])]
  const absent = options.absent ?? []
  const served = { store, time, logs: kubelet.logs, proxy: answer, identities, absent }
  const server = made.use(await openRehearsalServer(served))
  const router = made.use(startRouter({ store, time, kubelet }))
  const fallback = await authority.mint(['unknown.invalid'])
  const edge = made.use(await openEdge({ store, answer: router.answer, fallback }))
  const folder = await mkdtemp(join(tmpdir(), 'landfall-rehearsal-'))
  made.defer(() => rm(folder, { recursive: true, force: true }))
  const [kubeconfig, caFile] = [join(folder, 'kubeconfig'), join(folder, 'ca.crt')]
  await writeFile(kubeconfig, server.kubeconfig, { mode: 0o600 })
  await writeFile(caFile, authority.certificate)
  const open = made.move()
  return {
    kubeconfig,
    context: 'rehearsal',
    edge: { address: edge.address, httpAddress: edge.httpAddress, caFile, roots: 'none' },
    kubeconfigText: server.kubeconfig,
    folder,
    store,
    stage,
    time,
    authority,
    setFaults: (faults) => server.setFaults(faults),
    setSpeed: (speed) => fast?.setSpeed(speed),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** A secret value that no other rehearsal has. */
export function inventor(): (purpose: string) => string {
  const known = new Map<string, string>()
  return (purpose) => {
    const value = known.get(purpose) ?? randomBytes(18).toString('base64url')
    known.set(purpose, value)
    return value
  }
}

function reactbinDefaults(): Parameters<typeof reactbinStaging>[0] {
  const vault = { mount: 'secret', apiPath: 'reactbin/api/config', minioPath: 'reactbin/minio/credentials' }
  const settings = { domain: 'reactbin.localhost', bucket: 'reactbin', vault }
  return { settings, namespace: 'reactbin', secret: inventor() }
}
