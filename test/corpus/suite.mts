import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Cluster } from '../../lib/kube/cluster.mts'
import { ROWS, runRow, whyNot } from './run.mts'

/** Every row as a test of its own; `open` is called once, when the first one starts. */
export function corpusSuite(title: string, open: () => Promise<Cluster>): void {
  describe(title, { concurrency: 4 }, () => {
    const run = Date.now().toString(36)
    let cluster: Promise<Cluster> | undefined
    before(() => {
      cluster = open()
    })
    for (const [index, row] of ROWS.entries())
      test(row.name, async () => {
        assert.ok(cluster !== undefined)
        // Both servers serve every kind that rows ask for: one that does not would leave its rows out in silence.
        assert.equal(await whyNot(await cluster, row), undefined)
        await runRow(await cluster, `corpus-${run}-${index}`, row)
      })
  })
}
