import type { Cluster } from '../kube/cluster.mts'
import type { Desired } from '../stacks/stack.mts'
import { agreementRows } from './preflight/agreements.mts'
import { classRows } from './preflight/classes.mts'
import { dnsRows } from './preflight/dns.mts'
import { kindRows } from './preflight/kinds.mts'
import { permissionRows } from './preflight/permissions.mts'
import { recordRows } from './preflight/record.mts'
import { roomRows } from './preflight/room.mts'
import { secretRows } from './preflight/secrets.mts'
import { versionRows } from './preflight/version.mts'
import type { Survey } from './survey.mts'
import type { Row, Step } from './types.mts'

/** What every check is given: what is wanted, what is there, and what would be written. */
export interface Checked {
  desired: Desired
  survey: Survey
  /** Only what would be written: a no-op asks nothing. */
  written: readonly Step[]
  newNamespaces: readonly string[]
  signal: AbortSignal
}

/** Everything that must hold for the deploy to succeed and can be known beforehand; one row each, nothing written. */
export async function preflight(
  cluster: Cluster,
  { steps, ...rest }: Omit<Checked, 'written'> & { steps: readonly Step[] },
): Promise<Row[]> {
  const checked: Checked = { ...rest, written: steps.filter(({ action }) => action !== 'unchanged') }
  const known = [...kindRows(checked), ...secretRows(checked), ...agreementRows(checked)]
  if (checked.written.length === 0) return known
  const asked = await Promise.all([
    versionRows(cluster, checked),
    permissionRows(cluster, checked),
    classRows(cluster, checked),
    roomRows(cluster, checked),
    dnsRows(checked),
  ])
  return [...known, ...recordRows(checked), ...asked.flat(), ...adviceRows(checked)]
}

function adviceRows({ desired }: Checked): Row[] {
  return (desired.advice ?? []).map((says): Row => ({ name: desired.stack, state: 'warning', says }))
}
