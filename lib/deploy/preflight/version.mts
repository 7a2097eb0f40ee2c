import type { Cluster } from '../../kube/cluster.mts'
import type { Checked } from '../preflight.mts'
import type { Row } from '../types.mts'

/** Minor versions that the Kubernetes project supports in November 2026; older ones from 1.30 on work (preStop sleep). */
const SUPPORTED = [35, 36, 37]
const OLDEST = 30

/** Whether the server's version is one that this is made for. */
export async function versionRows(cluster: Cluster, { signal }: Checked): Promise<Row[]> {
  return [versionRow(await cluster.version({ signal }))]
}

/** A `gitVersion` such as v1.35.4+k3s1, judged. */
export function versionRow(version: string): Row {
  const minor = Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? Number.NaN)
  if (SUPPORTED.includes(minor)) return { name: 'version', state: 'ok', says: `server ${version}` }
  if (minor < OLDEST) {
    const says = `Cannot deploy to Kubernetes ${version}: the pods' preStop sleep needs 1.${OLDEST}`
    return { name: 'version', state: 'blocking', says, next: 'upgrade the cluster' }
  }
  return { name: 'version', state: 'warning', says: `server ${version} is outside the supported 1.35 to 1.37` }
}
