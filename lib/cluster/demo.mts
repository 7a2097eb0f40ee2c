import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildImages } from './demo/build.mts'
import { appsOf } from './demo/catalog.mts'
import { issueCertificate, makeAuthority, stillServes, type Pair } from './demo/certificate.mts'
import { apply, readSecret, waitForStatefulSet } from './demo/kubectl.mts'
import type { DemoName } from './demo/names.mts'
import { namespaces, postgres, secret, tlsSecret } from './demo/objects.mts'
import { pushImages, type Pushed } from './demo/push.mts'
import { DEMO, fillSecrets, fillYabSecrets, YAB } from './demo/secrets.mts'
import type { HostCluster, Say } from './provider.mts'

export { DEMO, demoDatabaseUrl } from './demo/secrets.mts'

/** The Debian packages that building the demo's images takes, each with a file that only it brings. */
export const DEMO_PACKAGES = [
  { package: 'buildah', file: 'buildah' },
  { package: 'skopeo', file: 'skopeo' },
  { package: 'mmdebstrap', file: 'mmdebstrap' },
  { package: 'busybox-static', file: 'busybox' },
  { package: 'python3-pip', file: 'pip3' },
  { package: 'openssl', file: 'openssl' },
] as const

/**
 * Puts into a cluster what some stacks expect to find: their images in the registry. For reactbin also a PostgreSQL
 * with database and user in namespace `postgres`, and in namespace `reactbin` the Secrets `api-env`,
 * `minio-credentials` and `reactbin-tls`; the authority that signed the certificate is written to `.demo/ca.crt` in
 * the working directory. For yab a PostgreSQL in namespace `yab-postgres` and Secret `api-env` in `apps`. What is there stays as it is; missing keys are filled in.
 *
 * @throws DeployError `cluster-failed` when a build, a push or an apply fails, with the last lines it said.
 */
export async function loadDemo(host: HostCluster, demos: readonly DemoName[], say: Say): Promise<void> {
  const apps = appsOf(demos)
  const withMinio = apps.some(({ beside }) => beside === 'minio')
  const images = await buildImages(apps, withMinio ? await host.binDir('minio') : '', say)
  sayPushed(await pushImages(images, host.registry), say)
  if (demos.includes('reactbin')) await loadReactbin(host, say)
  if (demos.includes('yab')) await loadYab(host, say)
}

async function loadReactbin(host: HostCluster, say: Say): Promise<void> {
  await apply(host, namespaces(DEMO.namespace, DEMO.databaseNamespace))
  await applySecrets(host)
  await applyCertificate(host, say)
  await startPostgres(host, DEMO.databaseNamespace)
  say('demo    postgres, Secrets and images are there')
}

async function loadYab(host: HostCluster, say: Say): Promise<void> {
  await apply(host, namespaces(YAB.namespace, YAB.databaseNamespace))
  const filled = fillYabSecrets({
    postgres: await readSecret(host, YAB.databaseNamespace, 'postgres'),
    apiEnv: await readSecret(host, YAB.namespace, 'api-env'),
  })
  await apply(host, [
    secret(YAB.databaseNamespace, 'postgres', filled.postgres),
    secret(YAB.namespace, 'api-env', filled.apiEnv),
  ])
  await startPostgres(host, YAB.databaseNamespace)
  say("demo    yab's postgres, Secret and images are there")
}

async function startPostgres(host: HostCluster, namespace: string): Promise<void> {
  await apply(host, postgres(namespace))
  await waitForStatefulSet(host, namespace, 'postgres', 180)
}

function sayPushed(pushed: readonly Pushed[], say: Say): void {
  const references = (state: Pushed['tag']) => pushed.filter(({ tag }) => tag === state).map((one) => one.reference)
  const [made, changed] = [references('new'), references('changed')]
  if (pushed.length === 0) say('images  all in the registry')
  if (made.length > 0) say(`images  pushed ${made.join(', ')}`)
  if (changed.length > 0) say(`images  pushed anew, a node keeps the old one it has pulled: ${changed.join(', ')}`)
}

async function applySecrets(host: HostCluster): Promise<void> {
  const [database, apiEnv, minioCredentials] = await Promise.all([
    readSecret(host, DEMO.databaseNamespace, 'postgres'),
    readSecret(host, DEMO.namespace, 'api-env'),
    readSecret(host, DEMO.namespace, 'minio-credentials'),
  ])
  const filled = fillSecrets({ postgres: database, apiEnv, minioCredentials })
  await apply(host, [
    secret(DEMO.databaseNamespace, 'postgres', filled.postgres),
    secret(DEMO.namespace, 'api-env', filled.apiEnv),
    secret(DEMO.namespace, 'minio-credentials', filled.minioCredentials),
  ])
}

async function applyCertificate(host: HostCluster, say: Say): Promise<void> {
  const folder = join(host.stateDir, 'demo')
  const authority = await makeAuthority(folder)
  const live = await readSecret(host, DEMO.namespace, 'reactbin-tls')
  const pair: Pair = { certificate: live?.['tls.crt'] ?? '', key: live?.['tls.key'] ?? '' }
  const kept = pair.certificate !== '' && stillServes(pair.certificate, authority, DEMO.domain, new Date())
  if (!kept) {
    await apply(host, [tlsSecret(DEMO.namespace, 'reactbin-tls', await issueCertificate(folder, DEMO.domain))])
  }
  say(`demo    certificate authority: ${writeAuthority(authority)}`)
}

function writeAuthority(authority: string): string {
  mkdirSync('.demo', { recursive: true })
  writeFileSync(join('.demo', 'ca.crt'), authority)
  return join('.demo', 'ca.crt')
}
