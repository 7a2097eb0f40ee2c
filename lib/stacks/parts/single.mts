import type { Container, Deployment, PersistentVolumeClaim, Service } from '../../kube/schema/types.mts'
import { volumeClaim, type Storage } from './claim.mts'
import { scratchVolumes, strictContainer, strictPod, type Account } from './pod.mts'
import { selects } from './selector.mts'

/** One pod that alone writes to one volume. */
export interface SingleWriter {
  account: Account
  /** Without its volume, which is mounted at `data`. */
  container: Container
  data: string
  storage: Storage
  port: { name: string; number: number }
  /** Seconds from SIGTERM to SIGKILL: what it takes to write everything down. */
  grace: number
}

const WRITABLE = ['/tmp']

/**
 * A Deployment of one pod with its claim and Service, all called as the container. The old pod goes before the new one
 * comes: two on one volume would damage it on one node, and wait for each other for ever on two.
 */
export function singleWriter(writer: SingleWriter): [PersistentVolumeClaim, Deployment, Service] {
  const { name } = writer.container
  return [volumeClaim(`${name}-data`, writer.storage), deployment(writer), service(name, writer.port)]
}

function deployment({ account, container, data, grace }: SingleWriter): Deployment {
  const { name } = container
  const mounted = { ...container, volumeMounts: [{ name: 'data', mountPath: data }, ...(container.volumeMounts ?? [])] }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: selects(name) },
      strategy: { type: 'Recreate' },
      template: {
        metadata: { labels: selects(name) },
        spec: strictPod(account, {
          terminationGracePeriodSeconds: grace,
          containers: [strictContainer(mounted, WRITABLE)],
          volumes: [
            { name: 'data', persistentVolumeClaim: { claimName: `${name}-data` } },
            ...scratchVolumes(WRITABLE),
          ],
        }),
      },
    },
  }
}

function service(name: string, port: SingleWriter['port']): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: {
      type: 'ClusterIP',
      selector: selects(name),
      ports: [{ name: port.name, port: port.number, targetPort: port.number }],
    },
  }
}
