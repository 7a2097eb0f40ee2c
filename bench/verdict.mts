import { openView } from '../lib/deploy/view.mts'
import { judge } from '../lib/health/judge.mts'
import { connect } from '../lib/kube/connect.mts'
import type { Live } from '../lib/kube/object.mts'
import type { Deployment } from '../lib/kube/schema/types.mts'
import { MemoryStore } from '../lib/rehearsal/memory.mts'
import { openRehearsalServer } from '../lib/rehearsal/server.mts'
import { realTime } from '../lib/rehearsal/stage/time.mts'
import type { Desired } from '../lib/stacks/stack.mts'
import { temporaryFolder } from '../test/kube/kubeconfig.mts'

// From a Deployment turning ready in the API server to our verdict: watch over HTTPS, view, judge. node bench/verdict.mts

const ROUNDS = 50

const time = realTime()
const store = new MemoryStore(time)
await using server = await openRehearsalServer({ store, time, logs: () => undefined, proxy: () => undefined })
await using folder = await temporaryFolder()
const kubeconfig = await folder.write('config', server.kubeconfig)
const { signal } = new AbortController()
await using cluster = await connect({ kubeconfig, signal, env: {} })

function deployment(ready: number): Deployment {
  const labels = { app: 'web' }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'bench', generation: 1 },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { name: '', labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
    },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: ready, availableReplicas: ready },
  }
}

store.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } })
const desired: Desired = {
  stack: 'bench',
  home: 'bench',
  components: [{ name: 'web', needs: [], objects: [deployment(0)] }],
  proofs: [],
  secrets: [],
  agreements: [],
  digest: '',
  slo: 0,
  tlsTimeout: 0,
  tags: {},
}
let live: Live<Deployment> = store.put(deployment(0))
await using view = await openView(cluster, desired, { signal, say: () => undefined })

/** Milliseconds until the verdict about the object is this one. */
async function until(state: 'ready' | 'progressing'): Promise<number> {
  const from = performance.now()
  for (;;) {
    const { version } = view
    if (judge({ object: live, since: 0 }, view.snapshot()).state === state) return performance.now() - from
    await view.changed(version, 1_000, signal)
  }
}

const taken: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  live = store.put({ ...live, ...deployment(0), metadata: live.metadata })
  await until('progressing')
  live = store.put({ ...live, ...deployment(1), metadata: live.metadata })
  taken.push(await until('ready'))
}
const sorted = taken.toSorted((a, b) => a - b)
const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(1)
console.log(`from ready to verdict, ${ROUNDS} times: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms`)
