import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prove } from '../../lib/proof/prove.mts'
import type { ProofTarget, ProveOptions } from '../../lib/proof/prove.mts'
import type { ProofSpec, Proven } from '../../lib/proof/spec.mts'
import { fakeCluster, text } from './fake.mts'
import type { Fake } from './fake.mts'
import { mint, mintAuthority } from './mint.mts'
import type { Authority, Minted } from './mint.mts'
import {
  apiPod,
  config,
  deployment,
  host,
  ingress,
  job,
  minioPod,
  namespace,
  replicaSet,
  service,
  slice,
  tls,
} from './reactbin.mts'
import { goodRoutes, serveHttp, serveHttps } from './server.mts'
import type { Routes, Served } from './server.mts'

/** A reactbin that is deployed well: what a test changes in it is what its proof must notice. */
export interface World extends AsyncDisposable {
  authority: Authority
  minted: Minted
  https: Served
  http: Served
  fake: Fake
  target: ProofTarget
  caFile: string
}

/** Made once: minting takes milliseconds, and whom to trust is worked out anew for each authority. */
let root: ReturnType<typeof mintAuthority> | undefined
let usual: ReturnType<typeof mint> | undefined

export async function openWorld({ routes, minted }: { routes?: Routes; minted?: Minted } = {}): Promise<World> {
  const authority = await (root ??= mintAuthority('Test Root'))
  const own = minted ?? (await (usual ??= mint(authority, [host])))
  const folder = await mkdtemp(join(tmpdir(), 'proof-'))
  const caFile = join(folder, 'ca.crt')
  await writeFile(caFile, authority.certificate)
  const secure = await serveHttps(own, routes ?? goodRoutes())
  const plain = await serveHttp(new Map([['*', { status: 308, headers: { location: `https://${host}/` } }]]))
  const fake = goodCluster(own)
  const edge = { address: secure.address, httpAddress: plain.address, caFile }
  return {
    authority,
    minted: own,
    https: secure,
    http: plain,
    fake,
    caFile,
    target: { cluster: fake.cluster, home: namespace, edge },
    async [Symbol.asyncDispose]() {
      await Promise.all([secure[Symbol.asyncDispose](), plain[Symbol.asyncDispose]()])
      await rm(folder, { recursive: true })
    },
  }
}

function goodCluster({ certificate }: Minted): Fake {
  const fake = fakeCluster(
    deployment(),
    replicaSet(1),
    replicaSet(2),
    apiPod(),
    slice('api', ['api-2-x']),
    service('api'),
    service('minio'),
    minioPod(),
    slice('minio', ['minio-0'], ['10.1.0.9']),
    ingress('reactbin', { '/api/': 'api', '/': 'ui', '/docs': 'api' }),
    job({ type: 'Complete' }),
    config('api-env', '2026-11-21T09:59:00Z'),
    tls(certificate),
  )
  fake.inside.set('api:8000/docs', text(404, '{"detail":"Not Found"}'))
  return fake
}

/** One proof, asked once unless the options say otherwise. */
export async function proveOne(world: World, spec: ProofSpec, options: Partial<ProveOptions> = {}): Promise<Proven> {
  const signal = AbortSignal.timeout(20_000)
  const [proven] = await prove(world.target, [spec], { signal, onProven: () => {}, ...options })
  if (proven === undefined) throw new Error('no proof came back')
  return proven
}
