import { existsSync, linkSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Replaces the blobs of a new OCI layout that another one in the cache has already by hard links to those: layers that
 * images share lie on the disk once, and go with the last layout that has them.
 */
export function shareBlobs(made: string, cache: string): void {
  const blobs = join('blobs', 'sha256')
  const others = readdirSync(cache).filter((name) => existsSync(join(cache, name, blobs)))
  for (const digest of readdirSync(join(made, blobs))) {
    const own = join(made, blobs, digest)
    const twin = others.map((name) => join(cache, name, blobs, digest)).find((path) => existsSync(path))
    if (twin === undefined) continue
    rmSync(own)
    linkSync(twin, own)
  }
}
