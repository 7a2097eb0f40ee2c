import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DeployError } from '../../error.mts'
import { run } from '../host/command.mts'
import type { Built } from './build.mts'

interface Entry {
  readonly tag: string
  readonly digest: string
}

/** What became of a tag: the registry had not had it, or had it with another content. */
export interface Pushed {
  readonly reference: string
  readonly tag: 'new' | 'changed'
}

/** Pushes what the registry (`address:port`, plain HTTP) does not hold yet, and returns what it pushed. */
export async function pushImages(images: readonly Built[], registry: string): Promise<readonly Pushed[]> {
  const pushed: Pushed[] = []
  for (const { app, layout } of images) {
    for (const { tag, digest } of readIndex(layout)) {
      const held = await digestOf(registry, app.repository, tag)
      if (held === digest) continue
      await pushOne(`oci:${layout}:${tag}`, `docker://${registry}/${app.repository}:${tag}`)
      pushed.push({ reference: `${app.repository}:${tag}`, tag: held === null ? 'new' : 'changed' })
    }
  }
  return pushed
}

/** Digests stay as they are: they are how the next push sees that there is nothing to do. */
async function pushOne(from: string, to: string): Promise<void> {
  await run('skopeo', ['copy', '-q', '--preserve-digests', '--dest-tls-verify=false', from, to])
}

async function digestOf(registry: string, repository: string, tag: string): Promise<string | null> {
  const url = `http://${registry}/v2/${repository}/manifests/${tag}`
  const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' }
  try {
    const answer = await fetch(url, { method: 'HEAD', headers, signal: AbortSignal.timeout(10_000) })
    return answer.headers.get('docker-content-digest')
  } catch (cause) {
    throw new DeployError({
      code: 'cluster-failed',
      says: `Cannot push the demo's images: the registry at ${registry} does not answer`,
      next: 'npx zx cluster.mts up --demo',
      cause,
    })
  }
}

/** The tags and manifest digests of an OCI layout folder. */
export function readIndex(layout: string): readonly Entry[] {
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as {
    readonly manifests: readonly { readonly digest: string; readonly annotations?: Record<string, string> }[]
  }
  return index.manifests.map(({ digest, annotations }) => ({
    tag: annotations?.['org.opencontainers.image.ref.name'] ?? 'latest',
    digest,
  }))
}
