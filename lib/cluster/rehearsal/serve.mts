import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { openRehearsal } from '../../rehearsal/open.mts'
import { contextOf, folderOf } from './folder.mts'
import type { Doors } from './folder.mts'
import { renamed } from './renamed.mts'

// The process of a rehearsal that is kept: `start.mts` starts it, and ends it with a signal.

const name = process.argv[2] ?? 'landfall'
const folder = folderOf(name)
const ended = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
const left = once(process, 'disconnect')
const kept = once(process, 'message')

await using rehearsal = await openRehearsal()
const { server, text } = renamed(readFileSync(rehearsal.kubeconfig, 'utf8'), contextOf(name))
const { address, httpAddress, caFile } = rehearsal.edge
writeFileSync(folder.kubeconfig, text, { mode: 0o600 })
writeFileSync(folder.caFile, readFileSync(caFile))
process.send?.({ server, address, httpAddress } satisfies Doors)

// Whoever started this may have been killed before it could write down that this runs: then nobody could end it.
const isKept = await Promise.race([kept.then(() => true), left.then(() => false), ended.then(() => false)])
if (isKept) await ended
