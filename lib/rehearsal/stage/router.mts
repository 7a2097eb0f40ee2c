import type { EndpointSlice } from '../../kube/schema/types.mts'
import type { Kubelet } from '../controllers/kubelet.mts'
import { podAnswer, readyIn, serviceOf } from '../controllers/serving.mts'
import type { ServiceAnswer, ServiceRequest } from '../controllers/serving.mts'
import { KINDS } from '../controllers/world.mts'
import type { Store, Time } from '../store.mts'

/** How an ingress controller finds its pods. */
export interface Router extends Disposable {
  /** Undefined where it knows of no ready pod. */
  answer: (request: ServiceRequest) => ServiceAnswer | undefined
}

// Traefik's `providersThrottleDuration`: after one change the next ones wait, all together.
const THROTTLE = 2_000
const BAD_GATEWAY: ServiceAnswer = { status: 502, headers: { 'content-type': 'text/plain' }, body: 'Bad Gateway' }

/**
 * Asks the ready pods of a Service in turn, as they were when it last looked: a pod that was told to go is asked until
 * the controller has heard of it, and what does not listen any more is a 502.
 */
export function startRouter(given: { store: Store; time: Time; kubelet: Pick<Kubelet, 'ask'> }): Router {
  const { store, time, kubelet } = given
  let known = new Map<string, EndpointSlice>()
  let waiting: (() => void) | undefined
  let stale = false
  let turn = 0
  const look = (): void => {
    stale = false
    const slices = store.list<EndpointSlice>(KINDS.EndpointSlice)
    known = new Map(slices.map((slice) => [keyOf(slice.metadata.namespace, serviceOf(slice.metadata)), slice]))
    waiting = time.after(THROTTLE, () => {
      waiting = undefined
      if (stale) look()
    })
  }
  const stop = store.listen(({ object }) => {
    if (object.kind !== KINDS.EndpointSlice.kind) return
    stale = true
    if (waiting === undefined) look()
  })
  look()
  return {
    answer: (request) => {
      const slice = known.get(keyOf(request.namespace, request.name))
      const ready = readyIn(slice)
      if (ready.length === 0) return undefined
      turn += 1
      const pod = ready[turn % ready.length] ?? ''
      return podAnswer(store, kubelet, request, { slice, pod }) ?? BAD_GATEWAY
    },
    [Symbol.dispose]: () => {
      stop()
      waiting?.()
    },
  }
}

function keyOf(namespace: string | undefined, service: string | undefined): string {
  return `${namespace ?? ''}/${service ?? ''}`
}
