import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProofSpec, Proven } from '../../lib/proof/spec.mts'
import { openWorld, proveOne } from './world.mts'
import type { World } from './world.mts'

/** What is done to a good world, and what its proof must then say. */
export type Row = [title: string, change: (world: World) => unknown, state: Proven['state'], says: string | RegExp]

/** One test a row: a fresh world, one change, one verdict. */
export function rows(name: string, spec: ProofSpec, table: readonly Row[]): void {
  for (const [title, change, state, says] of table) {
    test(`prove() ${name} ${title}`, async () => {
      await using world = await openWorld()
      await change(world)
      const proven = await proveOne(world, spec)
      if (typeof says === 'string') assert.deepEqual([proven.state, proven.says], [state, says])
      else assert.match(proven.says, says)
      assert.equal(proven.state, state)
    })
  }
}
