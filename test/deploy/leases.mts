import assert from 'node:assert/strict'
import type { Lock } from '../../lib/deploy/hold.mts'
import { takeLease } from '../../lib/deploy/lease.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import type { Lease } from '../../lib/kube/schema/types.mts'
import { LIVE_ANNOTATION, PROCESS_ANNOTATION, RUN_ANNOTATION } from '../../lib/marks.mts'
import type { FakeCluster } from './fake.mts'
import { failure } from './world.mts'

export const REF = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'toy', name: 'landfall-toy' }
export const ELSEWHERE = 'another-boot/pid:[1]/77/1'

interface Taking {
  signal?: AbortSignal
  say?: (text: string) => void
}

export function take(fake: FakeCluster, run: string, { signal, say }: Taking = {}): Promise<Lock> {
  return takeLease(fake, {
    namespace: 'toy',
    stack: 'toy',
    run,
    signal: signal ?? new AbortController().signal,
    say: say ?? (() => undefined),
  })
}

export function lease(fake: FakeCluster): Live<Lease> {
  const found = fake.find<Lease>('Lease', 'landfall-toy')
  assert.ok(found)
  return found
}

/** A lease that somebody else left. */
export function held(fake: FakeCluster, { mark = ELSEWHERE, renewTime = 'then', holder = 'eve@elsewhere' } = {}): void {
  fake.put({
    apiVersion: REF.apiVersion,
    kind: REF.kind,
    metadata: {
      name: REF.name,
      namespace: 'toy',
      annotations: { [RUN_ANNOTATION]: 'theirs', [PROCESS_ANNOTATION]: mark, [LIVE_ANNOTATION]: '7' },
    },
    spec: { holderIdentity: holder, leaseDurationSeconds: 30, acquireTime: 'once', renewTime, leaseTransitions: 3 },
  } as KubeObject)
}

/** The holder renews, from wherever it is. */
export function renew(fake: FakeCluster, renewTime: string): void {
  const now = lease(fake)
  fake.put({ ...now, spec: { ...now.spec, renewTime } })
}

export function codeOf(ended: unknown): string {
  return failure(ended).code
}
