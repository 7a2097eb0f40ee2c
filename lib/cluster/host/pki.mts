import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './command.mts'
import { NET, type Layout } from './layout.mts'

type Authority = 'ca' | 'etcd-ca' | 'front-proxy-ca'

interface Certificate {
  /** The authority that signs it. */
  readonly by: Authority
  readonly subject: string
  readonly names?: string
}

const loopback = 'DNS:localhost,IP:127.0.0.1'

/** Who is who: the subjects are those that Kubernetes' RBAC binds (kubernetes.io, PKI certificates and requirements). */
const CERTIFICATES = {
  apiserver: {
    by: 'ca',
    subject: '/CN=kube-apiserver',
    names: `${loopback},IP:${NET.node},IP:${NET.apiService},${serviceNames('kubernetes')}`,
  },
  'kubelet-serving': { by: 'ca', subject: '/O=system:nodes/CN=system:node', names: `${loopback},IP:${NET.node}` },
  admin: { by: 'ca', subject: '/O=system:masters/CN=landfall-admin' },
  'apiserver-kubelet-client': { by: 'ca', subject: '/O=system:masters/CN=kube-apiserver-kubelet-client' },
  'controller-manager': { by: 'ca', subject: '/CN=system:kube-controller-manager' },
  scheduler: { by: 'ca', subject: '/CN=system:kube-scheduler' },
  'kube-proxy': { by: 'ca', subject: '/CN=system:kube-proxy' },
  etcd: { by: 'etcd-ca', subject: '/CN=etcd', names: loopback },
  'apiserver-etcd-client': { by: 'etcd-ca', subject: '/CN=kube-apiserver-etcd-client' },
  'front-proxy-client': { by: 'front-proxy-ca', subject: '/CN=front-proxy-client' },
} as const satisfies Record<string, Certificate>

export type CertificateName = keyof typeof CERTIFICATES | 'kubelet'

/** Makes the authorities, certificates and the service-account key that are not there yet; valid for ten years. */
export async function makePki(paths: Layout, node: string): Promise<void> {
  mkdirSync(paths.pki, { recursive: true, mode: 0o700 })
  // OpenSSL's own default configuration would mark every certificate as an authority.
  writeFileSync(join(paths.pki, 'openssl.cnf'), '[req]\ndistinguished_name = dn\n[dn]\n')
  for (const name of ['ca', 'etcd-ca', 'front-proxy-ca'] as const) await makeAuthority(paths, name)
  const kubelet = { by: 'ca', subject: `/O=system:nodes/CN=system:node:${node}` } as const
  const wanted = Object.entries<Certificate>({ ...CERTIFICATES, kubelet })
  await Promise.all(wanted.map(([name, certificate]) => makeCertificate(paths, name, certificate)))
  await makeServiceAccountKey(paths)
}

export function certificatePath(paths: Layout, name: CertificateName | Authority): string {
  return join(paths.pki, `${name}.crt`)
}

export function keyPath(paths: Layout, name: CertificateName | Authority | 'service-account'): string {
  return join(paths.pki, `${name}.key`)
}

/** A kubeconfig as text, with everything inside it. */
export function kubeconfigText(paths: Layout, as: CertificateName, server: string, context: string): string {
  const base64 = (path: string) => readFileSync(path).toString('base64')
  const cluster = { server, 'certificate-authority-data': base64(certificatePath(paths, 'ca')) }
  const user = {
    'client-certificate-data': base64(certificatePath(paths, as)),
    'client-key-data': base64(keyPath(paths, as)),
  }
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: context, cluster }],
      users: [{ name: context, user }],
      contexts: [{ name: context, context: { cluster: context, user: context } }],
      'current-context': context,
    },
    null,
    2,
  )
}

async function makeAuthority(paths: Layout, name: Authority): Promise<void> {
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature']
  await makePair(paths, name, `/CN=landfall-${name}`, extensions, [])
}

async function makeCertificate(paths: Layout, name: string, { by, subject, names }: Certificate): Promise<void> {
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=serverAuth,clientAuth',
    ...(names === undefined ? [] : [`subjectAltName=${names}`]),
  ]
  const signer = ['-CA', certificatePath(paths, by), '-CAkey', keyPath(paths, by)]
  await makePair(paths, name, subject, extensions, signer)
}

async function makePair(
  paths: Layout,
  name: string,
  subject: string,
  extensions: readonly string[],
  signer: readonly string[],
): Promise<void> {
  const [key, certificate] = [join(paths.pki, `${name}.key`), join(paths.pki, `${name}.crt`)]
  if (existsSync(key) && existsSync(certificate)) return
  const request = ['req', '-x509', '-config', join(paths.pki, 'openssl.cnf'), '-days', '3650', '-subj', subject]
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key]
  const added = extensions.flatMap((extension) => ['-addext', extension])
  await run('openssl', [...request, ...newKey, ...added, ...signer, '-out', certificate])
}

async function makeServiceAccountKey(paths: Layout): Promise<void> {
  const key = keyPath(paths, 'service-account')
  if (existsSync(key)) return
  await run('openssl', ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', key])
}

function serviceNames(service: string): string {
  const suffixes = ['', '.default', '.default.svc', '.default.svc.cluster.local']
  return suffixes.map((suffix) => `DNS:${service}${suffix}`).join(',')
}
