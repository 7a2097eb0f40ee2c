import { after, before } from 'node:test'
import { clusterScript, raise } from './stage.mts'
import { assertExit } from './reactbin.mts'

before(() => raise('reactbin'), { timeout: 80 * 60_000 })

await import('./host.mts')
await import('./journey.mts')
await import('./proofs.mts')
await import('./unreliable.mts')
await import('./kills.mts')
await import('./plain.mts')
// The last one: the end of its five hundred namespaces keeps the namespace controller busy for minutes.
await import('./corpus.mts')

after(async () => {
  if (process.env['KEEP_CLUSTER'] === '1') return
  assertExit(await clusterScript('down'), 0)
})
