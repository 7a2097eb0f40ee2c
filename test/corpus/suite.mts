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
      test(row.name, async (context) => {
        if (cluster === undefined) return
        const skipped = await whyNot(await cluster, row)
        if (skipped !== undefined) return context.skip(skipped)
        await runRow(await cluster, `corpus-${run}-${index}`, row)
      })
  })
}
