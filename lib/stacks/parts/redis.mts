import type { Deployment, PersistentVolumeClaim, Service } from '../../kube/schema/types.mts'
import type { Storage } from './claim.mts'
import { execProbe, startupProbe, type Resources } from './pod.mts'
import { singleWriter } from './single.mts'

export const REDIS_PORT = 6379

// User redis of the image. Its group has another number in Alpine's than in Debian's; the volume gets this one.
const ACCOUNT = { user: 999, group: 999 }
const REQUESTS: Resources = { requests: { cpu: '100m', memory: '128Mi' } }
// A crash loses a second of writes at most.
const APPEND_ONLY = ['--appendonly', 'yes', '--appendfsync', 'everysec']

export interface Redis {
  name: string
  image: string
  storage: Storage
  /** Of redis-server; it writes every change down unless told otherwise. */
  args?: readonly string[]
  resources?: Resources
}

/** One Redis that keeps its data on one volume. */
export function redis({ name, image, storage, args, resources }: Redis): [PersistentVolumeClaim, Deployment, Service] {
  const pings = execProbe(['redis-cli', 'ping'], { delay: 0, period: 10 })
  return singleWriter({
    account: ACCOUNT,
    data: '/data',
    storage,
    port: { name: 'redis', number: REDIS_PORT },
    grace: 60,
    container: {
      name,
      image,
      args: ['redis-server', ...(args ?? APPEND_ONLY)],
      ports: [{ name: 'redis', containerPort: REDIS_PORT }],
      resources: resources ?? REQUESTS,
      startupProbe: startupProbe(pings, 120),
      livenessProbe: pings,
      // While it reads its file it answers LOADING, which redis-cli ends with 0 all the same.
      readinessProbe: execProbe(['sh', '-c', 'test "$(redis-cli ping)" = PONG'], { delay: 0, period: 5 }),
    },
  })
}
