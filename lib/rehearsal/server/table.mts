import type { IncomingMessage } from 'node:http'
import type { Live } from '../../kube/object.mts'
import { mapAt, mapsAt, wordOf } from '../objects/setting.mts'
import type { Fields } from '../objects/setting.mts'

/** Whether the asker wants to print (kubectl get). */
export function asksForTable({ headers }: IncomingMessage): boolean {
  return (headers.accept ?? '').includes('as=Table;v=v1;g=meta.k8s.io')
}

interface Column {
  name: string
  cell: (object: Fields, now: number) => unknown
}

/** What `kubectl get` prints of objects: the columns that the real server has for the kind, the narrow ones. */
export function tableOf(
  { kind, include }: { kind: string; include: string },
  objects: readonly Live[],
  version: string,
  now: number,
): object {
  const columns = [NAME, ...(COLUMNS[kind] ?? []), AGE]
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: version },
    columnDefinitions: columns.map(({ name }) => ({
      name,
      type: 'string',
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority: 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object as unknown as Fields, now)),
      object: included(object, include),
    })),
  }
}

function included(object: Live, include: string): object | null {
  if (include === 'None') return null
  if (include === 'Object') return object
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
}

const NAME: Column = { name: 'Name', cell: (object) => mapAt(object, 'metadata')['name'] }
const AGE: Column = {
  name: 'Age',
  cell: (object, now) => age(now - Date.parse(wordOf(mapAt(object, 'metadata')['creationTimestamp']))),
}

function column(name: string, cell: (object: Fields) => unknown): Column {
  return { name, cell: (object) => cell(object) ?? '<none>' }
}

function status(key: string, otherwise: unknown = 0): (object: Fields) => unknown {
  return (object) => mapAt(object, 'status')[key] ?? otherwise
}

function spec(key: string): (object: Fields) => unknown {
  return (object) => mapAt(object, 'spec')[key]
}

function ratio(ready: string): (object: Fields) => string {
  return (object) => `${wordOf(status(ready)(object))}/${wordOf(mapAt(object, 'spec')['replicas'] ?? 0)}`
}

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Pod: [
    column('Ready', (pod) => {
      const containers = mapsAt(mapAt(pod, 'status'), 'containerStatuses')
      const ready = containers.filter((one) => one['ready'] === true).length
      return `${ready}/${mapsAt(mapAt(pod, 'spec'), 'containers').length}`
    }),
    column('Status', podWord),
    column('Restarts', (pod) => {
      const containers = mapsAt(mapAt(pod, 'status'), 'containerStatuses')
      return String(containers.reduce((sum, one) => sum + Number(one['restartCount'] ?? 0), 0))
    }),
  ],
  Deployment: [
    column('Ready', ratio('readyReplicas')),
    column('Up-to-date', status('updatedReplicas')),
    column('Available', status('availableReplicas')),
  ],
  StatefulSet: [column('Ready', ratio('readyReplicas'))],
  ReplicaSet: [
    column('Desired', spec('replicas')),
    column('Current', status('replicas')),
    column('Ready', status('readyReplicas')),
  ],
  Job: [
    column('Status', jobWord),
    column('Completions', (job) => `${wordOf(status('succeeded')(job))}/${wordOf(spec('completions')(job))}`),
  ],
  Service: [
    column('Type', spec('type')),
    column('Cluster-IP', spec('clusterIP')),
    column('Port(s)', (service) =>
      mapsAt(mapAt(service, 'spec'), 'ports')
        .map((port) => `${wordOf(port['port'])}/${wordOf(port['protocol'])}`)
        .join(','),
    ),
  ],
  Ingress: [
    column('Class', spec('ingressClassName')),
    column('Hosts', (ingress) =>
      mapsAt(mapAt(ingress, 'spec'), 'rules')
        .map((rule) => wordOf(rule['host']))
        .join(','),
    ),
    column('Address', (ingress) =>
      mapsAt(mapAt(mapAt(ingress, 'status'), 'loadBalancer'), 'ingress')
        .map((one) => wordOf(one['ip'] ?? one['hostname']))
        .join(','),
    ),
  ],
  PersistentVolumeClaim: [column('Status', status('phase')), column('StorageClass', spec('storageClassName'))],
  Namespace: [column('Status', status('phase'))],
  Secret: [
    column('Type', (secret) => secret['type']),
    column('Data', (secret) => Object.keys(mapAt(secret, 'data')).length),
  ],
  ConfigMap: [column('Data', (map) => Object.keys(mapAt(map, 'data')).length)],
  Certificate: [column('Ready', ready)],
  Lease: [column('Holder', spec('holderIdentity'))],
  Event: [
    column('Type', (event) => event['type']),
    column('Reason', (event) => event['reason']),
    column('Object', (event) => {
      const about = mapAt(event, 'involvedObject')
      return `${wordOf(about['kind']).toLowerCase()}/${wordOf(about['name'])}`
    }),
    column('Message', (event) => event['message']),
  ],
}

/** The reason that a container waits or ended for goes before the phase. */
function podWord(pod: Fields): unknown {
  const of = mapAt(pod, 'status')
  if (mapAt(pod, 'metadata')['deletionTimestamp'] !== undefined) return 'Terminating'
  for (const [list, prefix] of [
    ['initContainerStatuses', 'Init:'],
    ['containerStatuses', ''],
  ] as const)
    for (const container of mapsAt(of, list)) {
      const { waiting, terminated } = mapAt(container, 'state')
      const reason = mapAt({ waiting }, 'waiting')['reason'] ?? mapAt({ terminated }, 'terminated')['reason']
      if (reason !== undefined && (prefix === '' || reason !== 'Completed')) return `${prefix}${wordOf(reason)}`
    }
  return of['reason'] ?? of['phase']
}

function jobWord(job: Fields): string {
  const held = mapsAt(mapAt(job, 'status'), 'conditions').filter((one) => one['status'] === 'True')
  const types = held.map((one) => one['type'])
  return types.includes('Complete') ? 'Complete' : types.includes('Failed') ? 'Failed' : 'Running'
}

function ready(object: Fields): unknown {
  return mapsAt(mapAt(object, 'status'), 'conditions').find((one) => one['type'] === 'Ready')?.['status']
}

/** As kubectl says it: `12s`, `5m`, `3h`, `2d`. */
function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`
}
