import { after, before } from 'node:test'
import { clusterScript, raise } from './stage.mts'
import { assertExit } from './reactbin.mts'

before(raise, { timeout: 80 * 60_000 })

await import('./host.mts')
await import('./journey.mts')
await import('./proofs.mts')
await import('./unreliable.mts')
await import('./kills.mts')
await import('./plain.mts')
await import('./handover.mts')
await import('./teardown.mts')
await import('./own.mts')
await import('./pybase.mts')
await import('./wrightnow.mts')
await import('./yab.mts')
// After all others: the end of its five hundred namespaces keeps the namespace controller busy for minutes.
await import('./corpus.mts')
// The last one: it takes the cluster down.
await import('./keeping.mts')

after(async () => {
  if (process.env['KEEP_CLUSTER'] === '1') return
  assertExit(await clusterScript('down'), 0)
})
