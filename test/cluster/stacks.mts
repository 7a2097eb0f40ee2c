import { after, before } from 'node:test'
import { clusterScript, raise } from './stage.mts'
import { assertExit } from './reactbin.mts'

before(() => raise('all'), { timeout: 80 * 60_000 })

await import('./handover.mts')
await import('./teardown.mts')
await import('./own.mts')
await import('./pybase.mts')
await import('./wrightnow.mts')
await import('./yab.mts')
// The last one: it takes the cluster down.
await import('./keeping.mts')

after(async () => {
  if (process.env['KEEP_CLUSTER'] === '1') return
  assertExit(await clusterScript('down'), 0)
})
