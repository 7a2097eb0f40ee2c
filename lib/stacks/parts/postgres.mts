import { DeployError } from '../../error.mts'
import type { Container, Service, StatefulSet } from '../../kube/schema/types.mts'
import { splitReference } from '../image.mts'
import { volumeClaim, type Storage } from './claim.mts'
import {
  execProbe,
  fromSecret,
  scratchVolumes,
  startupProbe,
  strictContainer,
  strictPod,
  type Resources,
} from './pod.mts'
import { selects } from './selector.mts'

export const POSTGRES_PORT = 5432

// The socket's directory, and temporary files.
const WRITABLE = ['/var/run/postgresql', '/tmp']
const INIT = '/docker-entrypoint-initdb.d'
const REQUESTS: Resources = { requests: { cpu: '250m', memory: '256Mi' } }

export interface Postgres {
  name: string
  /** The official image or one made from it (pgvector); its tag tells the major version and Alpine from Debian. */
  image: string
  /** A Secret with POSTGRES_DB, POSTGRES_USER and POSTGRES_PASSWORD, or with other keys that hold these. */
  secret: string
  keys?: { database: string; user: string; password: string }
  /** The user that probes name; nobody logs in. */
  user: string
  storage: Storage
  /** A ConfigMap of scripts (`*.sh`, `*.sql`) that run in order of their names when the volume is new, and never again. */
  init?: string
  resources?: Resources
}

/** One PostgreSQL on one volume, and the headless Service that names its pod. */
export function postgres(database: Postgres): [StatefulSet, Service] {
  return [statefulSet(database), service(database.name)]
}

/**
 * How an image of PostgreSQL lays its data out, and whom it runs as. From 18 on the volume belongs at
 * /var/lib/postgresql, and a container that finds it one deeper ends with an error. Throws `bad-tag` where the tag tells
 * no major version.
 */
export function layoutOf(image: string): { major: number; uid: number; mountPath: string } {
  const { tag = '' } = splitReference(image)
  const major = Number((/pg(\d+)/.exec(tag) ?? /^(\d+)/.exec(tag))?.[1])
  if (Number.isNaN(major)) throw unclear(image)
  return {
    major,
    uid: tag.includes('alpine') ? 70 : 999,
    mountPath: major >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data',
  }
}

function statefulSet(database: Postgres): StatefulSet {
  const { name, storage, init } = database
  const { uid } = layoutOf(database.image)
  const scripts = init === undefined ? [] : [{ name: 'init', configMap: { name: init } }]
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      replicas: 1,
      serviceName: name,
      selector: { matchLabels: selects(name) },
      template: {
        metadata: { labels: selects(name) },
        spec: strictPod(
          { user: uid, group: uid },
          {
            // A fast shutdown still writes a checkpoint; a server that is killed has to recover instead.
            terminationGracePeriodSeconds: 60,
            containers: [strictContainer(server(database), WRITABLE)],
            volumes: [...scratchVolumes(WRITABLE), ...scripts],
          },
        ),
      },
      volumeClaimTemplates: [volumeClaim(`${name}-data`, storage)],
    },
  }
}

function server({ name, image, secret, user, resources, init, ...database }: Postgres): Container {
  const { major, mountPath } = layoutOf(image)
  const keys = database.keys ?? { database: 'POSTGRES_DB', user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD' }
  // Over TCP: while init scripts run, a temporary server answers on the socket alone, and it is not the one that serves.
  const asked = execProbe(['pg_isready', '-U', user, '-h', '127.0.0.1'], { delay: 0, period: 10 })
  return {
    name,
    image,
    ports: [{ name: 'postgres', containerPort: POSTGRES_PORT }],
    env: [
      fromSecret('POSTGRES_DB', secret, keys.database),
      fromSecret('POSTGRES_USER', secret, keys.user),
      fromSecret('POSTGRES_PASSWORD', secret, keys.password),
      // A volume's root may hold lost+found, and initdb wants an empty directory; from 18 on it is a subdirectory anyway.
      ...(major >= 18 ? [] : [{ name: 'PGDATA', value: `${mountPath}/pgdata` }]),
    ],
    resources: resources ?? REQUESTS,
    // Recovery after a crash may take minutes, in which a liveness probe would kill it to begin anew.
    startupProbe: startupProbe(asked, 600),
    livenessProbe: { ...asked, failureThreshold: 6 },
    readinessProbe: asked,
    volumeMounts: [
      { name: `${name}-data`, mountPath },
      ...(init === undefined ? [] : [{ name: 'init', mountPath: INIT, readOnly: true }]),
    ],
  }
}

function service(name: string): Service {
  const port = { name: 'postgres', port: POSTGRES_PORT, targetPort: POSTGRES_PORT }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type: 'ClusterIP', clusterIP: 'None', selector: selects(name), ports: [port] },
  }
}

function unclear(image: string): DeployError {
  return new DeployError({
    code: 'bad-tag',
    says: `Cannot tell the major version of PostgreSQL from ${image}: where its data lies depends on it`,
    next: 'name a tag such as 16-alpine, 18 or 0.8.4-pg17; a digest may stand beside it (images.NAME.digest)',
  })
}
