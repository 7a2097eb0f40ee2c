import { gzipSync } from 'node:zlib'
import type { Checked } from '../preflight.mts'
import { withoutSecretData } from '../release.mts'
import type { Row } from '../types.mts'

/** Bytes: a ConfigMap holds 1 MiB, and the record has proofs and a timeline beside the manifests. */
const LARGEST = 900 * 1024

/** Whether the release will fit its record: known now, not when everything is proven. */
export function recordRows({ desired }: Pick<Checked, 'desired'>): Row[] {
  const size = gzipSync(JSON.stringify(withoutSecretData(desired))).length
  if (size <= LARGEST) return []
  const says = `Cannot record the release: ${Math.round(size / 1024)} KiB compressed, and a ConfigMap holds 1024`
  return [{ name: 'record', state: 'blocking', says, next: 'take large ConfigMaps out of the stack' }]
}
