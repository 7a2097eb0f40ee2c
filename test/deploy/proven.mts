import { encode } from '../../lib/deploy/release.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import type { FakeCluster } from './fake.mts'
import { cluster, deployed, deployment, release, web } from './world.mts'

export const { signal } = new AbortController()
export const AT = { home: 'toy', stack: 'toy', signal }
export const version = (at: number): Desired => web(deployment('web', { image: `web:${at}` }))

/** Versions that were proven one after another, as records; the last one is applied. */
export async function proven(...versions: Desired[]): Promise<FakeCluster> {
  const fake = cluster()
  versions.forEach((desired, at) => fake.put(encode(release(at + 1, desired))))
  const last = versions.at(-1)
  if (last !== undefined) await deployed(fake, last)
  return fake
}
