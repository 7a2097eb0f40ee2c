import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serviceAnswer } from './controllers/serving.mts'
import type { ServiceRequest } from './controllers/serving.mts'
import { startControllers } from './controllers/start.mts'
import { MemoryStore } from './memory.mts'
import { openRehearsalServer } from './server.mts'
import { makeAuthority } from './stage/authority.mts'
import { openEdge } from './stage/edge.mts'
import { furniture } from './stage/furniture.mts'
import { reactbinParts } from './stage/reactbin.mts'
import { makeStage } from './stage/stage.mts'
import { realTime } from './stage/time.mts'

/** How many times sooner than on a real node things happen: a good deploy takes some seconds. */
const SPEED = 5

/** A cluster inside this process, as an operator's kubeconfig and browser would find one. Gone with its disposal. */
export interface Rehearsal extends AsyncDisposable {
  /** Path of a kubeconfig; its one context is `rehearsal`. */
  kubeconfig: string
  context: string
  /** How the site is reached from here, and who signed its certificates. */
  edge: { address: string; httpAddress: string; caFile: string }
}

/** Opens an empty cluster on loopback, with an ingress class, a storage class, cert-manager, and a Vault that knows reactbin. */
export async function openRehearsal(): Promise<Rehearsal> {
  await using made = new AsyncDisposableStack()
  const time = realTime(SPEED)
  const store = new MemoryStore(time)
  for (const object of furniture()) store.put(object)
  const authority = await makeAuthority(time.now())
  const stage = makeStage({
    parts: reactbinParts(),
    vault: { data: vaultData() },
    certificates: { mint: (names) => authority.mint(names) },
  })
  const kubelet = made.use(startControllers({ store, time, stage }))
  const answer = (asked: ServiceRequest) => serviceAnswer(store, kubelet, asked)
  const server = made.use(await openRehearsalServer({ store, time, logs: kubelet.logs, proxy: answer }))
  const edge = made.use(await openEdge({ store, answer, fallback: await authority.mint(['unknown.invalid']) }))
  const folder = await mkdtemp(join(tmpdir(), 'landfall-rehearsal-'))
  made.defer(() => rm(folder, { recursive: true, force: true }))
  const [kubeconfig, caFile] = [join(folder, 'kubeconfig'), join(folder, 'ca.crt')]
  await writeFile(kubeconfig, server.kubeconfig, { mode: 0o600 })
  await writeFile(caFile, authority.certificate)
  const open = made.move()
  return {
    kubeconfig,
    context: 'rehearsal',
    edge: { address: edge.address, httpAddress: edge.httpAddress, caFile },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** What the two paths of reactbin's Vault hold; made up anew for each rehearsal. */
function vaultData(): Record<string, Record<string, string>> {
  const secret = (): string => randomBytes(18).toString('base64url')
  const root = { MINIO_ROOT_USER: 'rehearsal', MINIO_ROOT_PASSWORD: secret() }
  return {
    'secret/reactbin/minio/credentials': root,
    'secret/reactbin/api/config': {
      DATABASE_URL: `postgresql://reactbin:${secret()}@postgres.postgres.svc.cluster.local:5432/reactbin`,
      JWT_SECRET_KEY: secret(),
      OWNER_USERNAME: 'owner',
      OWNER_PASSWORD: secret(),
      S3_ENDPOINT_URL: 'http://minio.reactbin.svc.cluster.local:9000',
      S3_BUCKET_NAME: 'reactbin',
      S3_ACCESS_KEY_ID: root.MINIO_ROOT_USER,
      S3_SECRET_ACCESS_KEY: root.MINIO_ROOT_PASSWORD,
      API_BASE_URL: 'https://reactbin.localhost',
    },
  }
}
