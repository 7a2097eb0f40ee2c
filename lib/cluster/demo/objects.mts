import type { KubeObject } from '../../kube/object.mts'
import type { Pair } from './certificate.mts'
import type { Values } from './secrets.mts'

/** An object as the demo writes it: identity and whatever its kind has besides. */
type Written = KubeObject & Readonly<Record<string, unknown>>

const labels = { app: 'postgres' }

export function namespaces(...names: readonly string[]): readonly Written[] {
  return names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
}

export function secret(namespace: string, name: string, values: Values): Written {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', data: encode(values) }
}

export function tlsSecret(namespace: string, name: string, pair: Pair): Written {
  const data = encode({ 'tls.crt': pair.certificate, 'tls.key': pair.key })
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'kubernetes.io/tls', data }
}

/** The database that an operator would have somewhere else; its Secret is made before it. */
export function postgres(namespace: string): readonly Written[] {
  const metadata = { name: 'postgres', namespace }
  return [postgresService(metadata), postgresStatefulSet(metadata)]
}

function postgresService(metadata: Written['metadata']): Written {
  const ports = [{ name: 'postgres', port: 5432, targetPort: 'postgres' }]
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports } }
}

function postgresStatefulSet(metadata: Written['metadata']): Written {
  const resources = { requests: { storage: '1Gi' } }
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata,
    spec: {
      replicas: 1,
      serviceName: 'postgres',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: postgresPod() },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources } }],
    },
  }
}

function postgresPod() {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 10,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 999,
      runAsGroup: 999,
      fsGroup: 999,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [postgresContainer()],
    volumes: [
      { name: 'tmp', emptyDir: {} },
      { name: 'run', emptyDir: {} },
    ],
  }
}

function postgresContainer() {
  return {
    name: 'postgres',
    image: 'postgres:15',
    // Below the volume's root, which need not be empty (lost+found) nor owned by us.
    env: [{ name: 'PGDATA', value: '/var/lib/postgresql/data/pgdata' }],
    envFrom: [{ secretRef: { name: 'postgres' } }],
    ports: [{ name: 'postgres', containerPort: 5432 }],
    readinessProbe: {
      exec: { command: ['sh', '-c', 'pg_isready -q -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"'] },
      periodSeconds: 1,
    },
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'data', mountPath: '/var/lib/postgresql/data' },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'run', mountPath: '/var/run/postgresql' },
    ],
  }
}

function encode(values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]))
}
