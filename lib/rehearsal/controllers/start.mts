import type { Stage } from '../stage/stage.mts'
import type { Store, Time } from '../store.mts'
import { startCertificates } from './certificate.mts'
import { startClaims } from './claim.mts'
import { startCollector } from './collector.mts'
import { startDeployments } from './deployment.mts'
import { startEndpoints } from './endpoints.mts'
import { startIngresses } from './ingress.mts'
import { startJobs } from './job.mts'
import { startKubelet, type Kubelet } from './kubelet.mts'
import { startNamespaces } from './namespace.mts'
import { startQuotas } from './quota.mts'
import { startReplicaSets } from './replicaset.mts'
import { startScheduler } from './scheduler.mts'
import { startSealed } from './sealed.mts'
import { startStatefulSets } from './statefulset.mts'
import { startVault } from './vault.mts'
import { makeWorld, type Controller } from './world.mts'

const CONTROLLERS: readonly Controller[] = [
  startNamespaces,
  startQuotas,
  startDeployments,
  startReplicaSets,
  startStatefulSets,
  startJobs,
  startClaims,
  startScheduler,
  startEndpoints,
  startIngresses,
  startVault,
  startSealed,
  startCertificates,
  startCollector,
]

/**
 * Everything in a cluster that acts by itself, from Deployments to the kubelet; it reacts to changes of the store from
 * here on, and to what is in it already. Ends with its disposal.
 */
export function startControllers(given: { store: Store; time: Time; stage: Stage }): Kubelet {
  const world = makeWorld(given)
  const kubelet = startKubelet(world)
  const running = CONTROLLERS.map((start) => start(world))
  return {
    logs: kubelet.logs,
    ask: kubelet.ask,
    [Symbol.dispose]: () => {
      for (const one of running) one[Symbol.dispose]()
      kubelet[Symbol.dispose]()
    },
  }
}
