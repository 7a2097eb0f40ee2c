import type { Lease } from '../../kube/schema/types.mts'
import type { Player } from './cast.mts'
import type { Drill, Scene } from './drill.mts'
import { OUTSIDER } from './reaching.mts'
import { exactly } from './words.mts'

const RELEASED = ['before']
const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }

/** How a run can end once everything was applied, and what can come in between. */
export const ENDINGS = {
  'certificate-stuck': {
    code: 'proof-failed',
    title: "the certificate is never issued: its challenge cannot be reached; what answers shows the controller's own",
    needs: ['certificate'],
    settings: { tls: { timeout: 0 } },
    within: 8_000,
    speed: 10,
    plot: () => ({
      stage: { certificates: { troubles: [{ state: 'stuck', says: NOT_REACHED }] } },
    }),
  },
  'slow-cluster': {
    code: 'out-of-time',
    title: 'every answer of the API server takes half a second',
    before: RELEASED,
    within: 3_000,
    plot: () => ({ faults: () => () => ({ do: 'delay', milliseconds: 500 }) }),
  },
  'lock-lost': {
    code: 'lock-lost',
    title: 'another run takes the lock over while this one works',
    plot: ({ app, home, stack }) => ({
      stage: {
        parts: [{ image: exactly(app.image), container: exactly(app.container), plays: { ready: { after: 'never' } } }],
      },
      meanwhile: (scene) => takingOver(scene, home, stack, app),
    }),
  },
  unproven: {
    code: 'unproven',
    title: 'a proof cannot be checked: the right to ask inside the cluster is missing',
    needs: ['inside proof'],
    identity: OUTSIDER,
  },
  'proof-failed': {
    code: 'proof-failed',
    title: 'everything is ready, but users get an error',
    before: RELEASED,
    within: 6_000,
    plot: ({ app }) => ({
      stage: {
        parts: [
          {
            image: exactly(app.image),
            container: exactly(app.container),
            plays: { ready: { after: 300 }, serves: [{ path: '/', status: 500, body: 'Internal Server Error' }] },
          },
        ],
      },
    }),
  },
  interrupted: {
    code: 'interrupted',
    title: 'Ctrl-C while the pods start',
    plot: ({ app }) => ({
      meanwhile: (scene) => {
        let done = false
        return ({ type, object }) => {
          if (done || type !== 'ADDED' || !isPodOf(object, app)) return
          done = true
          scene.interrupt()
        }
      },
    }),
  },
} satisfies Record<string, Drill>

const NOT_REACHED =
  'Waiting for HTTP-01 challenge propagation: failed to perform self check GET request: dial tcp 203.0.113.7:80: i/o timeout'

function isPodOf({ kind, metadata }: { kind: string; metadata: { name: string } }, { owner }: Player): boolean {
  return kind === 'Pod' && metadata.name.startsWith(`${owner.name}-`)
}

function takingOver({ store }: Scene, home: string, stack: string, app: Player) {
  let done = false
  return ({ type, object }: { type: string; object: { kind: string; metadata: { name: string } } }): void => {
    if (done || type !== 'ADDED' || !isPodOf(object, app)) return
    done = true
    const live = store.get<Lease>({ ...LEASE, namespace: home, name: `landfall-${stack}` })
    if (live === undefined) return
    const annotations = { ...live.metadata.annotations, 'landfall.dev/run': '0d0c8f1e-6a4e-4f0b-8a39-92d4a6a0b7c3' }
    store.put({
      ...live,
      metadata: { ...live.metadata, annotations },
      spec: { ...live.spec, holderIdentity: 'anna@laptop' },
    })
  }
}
