import { gunzipSync, gzipSync } from 'node:zlib'
import { DeployError } from '../error.mts'
import type { Cluster } from '../kube/cluster.mts'
import type { KubeObject, Live } from '../kube/object.mts'
import type { ConfigMap } from '../kube/schema/types.mts'
import { isAlreadyExists, isLostAnswer } from '../kube/status.mts'
import { RECORD_LABEL, RUN_ANNOTATION } from '../marks.mts'
import type { Desired } from '../stacks/stack.mts'
import type { Release } from './types.mts'

/** How many proven releases are kept. */
const KEPT = 10
const KIND = { apiVersion: 'v1', kind: 'ConfigMap' }
const FIELD = 'release.json.gz'

/** Every readable record of a stack, newest first. One LIST. A record that cannot be read is left out, never a reason to stop. */
export async function listReleases(
  cluster: Cluster,
  { home, stack }: { home: string; stack: string },
  signal: AbortSignal,
): Promise<Release[]> {
  const labelSelector = `${RECORD_LABEL}=${stack}`
  const { items } = await cluster.list<ConfigMap>(KIND, { namespace: home, labelSelector, signal })
  return items
    .map(decode)
    .filter((release) => release !== undefined)
    .sort((a, b) => b.number - a.number)
}

/** The release as a ConfigMap; secret data is left out before it gets here (law 6). */
export function encode(release: Release): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: nameOf(release.desired.stack, release.number),
      namespace: release.desired.home,
      labels: { [RECORD_LABEL]: release.desired.stack },
      annotations: {
        [RUN_ANNOTATION]: release.run,
        'landfall.dev/tags': Object.entries(release.desired.tags)
          .map(([image, tag]) => `${image}=${tag}`)
          .join(','),
        'landfall.dev/proven-at': release.at,
        ...(release.schema === undefined ? {} : { 'landfall.dev/schema': release.schema }),
      },
    },
    binaryData: { [FIELD]: gzipSync(JSON.stringify(release), { level: 9 }).toString('base64') },
  }
}

/** Reads a record back; undefined where it is not one of ours or is damaged. */
export function decode(record: ConfigMap): Release | undefined {
  const packed = record.binaryData?.[FIELD]
  if (packed === undefined) return undefined
  try {
    const release: unknown = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString('utf8'))
    return isRelease(release) ? release : undefined
  } catch {
    return undefined
  }
}

function isRelease(value: unknown): value is Release {
  return (
    typeof value === 'object' &&
    value !== null &&
    Number.isInteger((value as Partial<Release>).number) &&
    typeof (value as Partial<Release>).digest === 'string' &&
    Array.isArray((value as Partial<Release>).desired?.components)
  )
}

function nameOf(stack: string, number: number): string {
  return `landfall-${stack}-${number}`
}

/** Times that a lost answer is looked into before the trouble is reported. */
const ATTEMPTS = 5

/**
 * Stores a proven release by create, so that two runs cannot write the same number; a lost answer is read again by run
 * id, and a number that a damaged record holds is passed over. Afterwards drops records beyond the last ten. Gives the
 * release as it was stored. Errors: `ground-moved` where another run took the number.
 */
export async function recordRelease(
  cluster: Cluster,
  release: Release,
  { records, signal }: { records: readonly Release[]; signal: AbortSignal },
): Promise<Release> {
  const stored = await storeNext(cluster, release, signal)
  const { home: namespace, stack } = release.desired
  const surplus = records.slice(KEPT - 1)
  await Promise.all(
    surplus.map((old) => cluster.remove({ ...KIND, namespace, name: nameOf(stack, old.number) }, { signal })),
  )
  return stored
}

async function storeNext(cluster: Cluster, release: Release, signal: AbortSignal): Promise<Release> {
  const found = await createOnce(cluster, encode(release), release.run, signal)
  if (found === 'stored') return release
  if (decode(found) !== undefined) throw numberTaken(found)
  return storeNext(cluster, { ...release, number: release.number + 1 }, signal)
}

/** `stored`, or the record of another run that is there in its place. */
async function createOnce(
  cluster: Cluster,
  record: ConfigMap,
  run: string,
  signal: AbortSignal,
): Promise<'stored' | Live<ConfigMap>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await cluster.create(record, { signal })
      return 'stored'
    } catch (error) {
      if (attempt === ATTEMPTS || (!isLostAnswer(error) && !isAlreadyExists(error))) throw error
      const found = await cluster.get<ConfigMap>({ ...KIND, ...namespacedName(record) }, { signal })
      if (found?.metadata.annotations?.[RUN_ANNOTATION] === run) return 'stored'
      if (found !== undefined) return found
    }
  }
}

function namespacedName(record: ConfigMap): { name: string; namespace?: string } {
  const { name, namespace } = record.metadata
  return namespace === undefined ? { name } : { name, namespace }
}

function numberTaken(found: Live): DeployError {
  return new DeployError({
    code: 'ground-moved',
    says: `Cannot record the release: ${found.metadata.name} was written by another run meanwhile`,
    next: 'npx zx verify.mts',
  })
}

/** The next free number. */
export function nextNumber(records: readonly Release[]): number {
  return (records[0]?.number ?? 0) + 1
}

/** The desired state without secret data: what a record may hold. Literals of `env` stay: they are no secrets by law 6's rule. */
export function withoutSecretData(desired: Desired): Desired {
  return {
    ...desired,
    components: desired.components.map((component) => ({
      ...component,
      objects: component.objects.map((object) => (isSecret(object) ? stripped(object) : object)),
    })),
  }
}

/** Secrets are never applied from a record: their data is not in it, and applying them would delete it. */
export function withoutSecrets(desired: Desired): Desired {
  return {
    ...desired,
    components: desired.components.map((component) => ({
      ...component,
      objects: component.objects.filter((object) => !isSecret(object)),
    })),
  }
}

function isSecret(object: KubeObject): boolean {
  return object.kind === 'Secret' && object.apiVersion === 'v1'
}

function stripped(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = object
  return { apiVersion, kind, metadata }
}

/** The newest proven release. Errors: `no-release`. */
export async function liveRelease(
  cluster: Cluster,
  at: { home: string; stack: string },
  signal: AbortSignal,
): Promise<Release> {
  const [newest] = await listReleases(cluster, at, signal)
  if (newest !== undefined) return newest
  throw new DeployError({
    code: 'no-release',
    says: `Cannot verify ${at.stack}: no proven release is recorded in namespace ${at.home}`,
    next: 'npx zx deploy.mts --tag TAG',
  })
}
