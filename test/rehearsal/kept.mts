import { gunzipSync } from 'node:zlib'
import type { ConfigMap } from '../../lib/kube/schema/types.mts'
import type { Trial } from './trial.mts'

/** Everything that ConfigMaps hold, records unpacked. */
export function configMapsIn({ store }: Trial): string {
  return store
    .list<ConfigMap>({ apiVersion: 'v1', kind: 'ConfigMap' })
    .map(({ metadata, data, binaryData = {} }) => {
      const unpacked = Object.values(binaryData).map((packed) => gunzipSync(Buffer.from(packed, 'base64')).toString())
      return JSON.stringify({ metadata, data, unpacked })
    })
    .join('\n')
}
