import type { Container } from '../../kube/schema/types.mts'
import type { ImageRow } from '../stage/stage.mts'

/** What becomes of a container's image: it is there, it is pulled, or it is refused at once. */
export type ImageVerdict =
  | { state: 'present' }
  | { state: 'pulls'; takes: number; fails?: string }
  | { state: 'refused'; reason: 'InvalidImageName' | 'ErrImageNeverPull'; says: string }

const REFERENCE = /^([\w.-]+(?::\d+)?\/)?([\w./-]+)(?::[\w.-]{1,128})?(?:@sha256:[0-9a-f]{64})?$/

/** What the kubelet makes of this image, `pulled` being those it has fetched before. */
export function imageVerdict(
  { image = '', imagePullPolicy }: Container,
  rows: readonly ImageRow[],
  pulled: ReadonlySet<string>,
  takes: number,
): ImageVerdict {
  const row = rows.find((one) => one.image.test(image))
  const invalid = row?.invalid === undefined ? invalidity(image) : `: ${row.invalid}`
  if (invalid !== undefined) {
    const says = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format${invalid}`
    return { state: 'refused', reason: 'InvalidImageName', says }
  }
  const isThere = row?.present === true || pulled.has(image)
  const policy = imagePullPolicy ?? (/:latest$|^[^:@]*$/.test(image) ? 'Always' : 'IfNotPresent')
  if (policy === 'Never' && !isThere) {
    const says = `Container image "${image}" is not present with pull policy of Never`
    return { state: 'refused', reason: 'ErrImageNeverPull', says }
  }
  if (isThere && policy !== 'Always') return { state: 'present' }
  const fails = row?.fails?.replaceAll('$IMAGE', fullName(image))
  return { state: 'pulls', takes: row?.takes ?? (isThere ? 100 : takes), ...(fails === undefined ? {} : { fails }) }
}

function invalidity(image: string): string | undefined {
  const [, , repository = ''] = REFERENCE.exec(image) ?? []
  if (repository === '') return ''
  return /[A-Z]/.test(repository) ? `: repository name (${repository}) must be lowercase` : undefined
}

/** The name as containerd completes it: docker.io/library/reactbin-api:abc. */
export function fullName(image: string): string {
  const [first = '', ...rest] = image.split('/')
  if (rest.length === 0) return `docker.io/library/${image}`
  return /[.:]|^localhost$/.test(first) ? image : `docker.io/${image}`
}
