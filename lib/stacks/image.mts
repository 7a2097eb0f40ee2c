import { DeployError } from '../error.mts'
import type { CommonSettings } from './common.mts'
import type { Stack } from './stack.mts'

/** Stands in committed manifests where a tag has to be put; deploy refuses it. */
export const PLACEHOLDER_TAG = 'replace-me'

const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const DIGEST = /^sha256:[0-9a-f]{64}$/

type Named = Pick<Stack<never>, 'name' | 'images' | 'tagRule'>

/** Where tags and repositories come from. */
interface Asked {
  tags: Readonly<Record<string, string>>
  common: Pick<CommonSettings, 'images'>
}

/** Why a tag (or a digest in its place) cannot be used, or undefined. `latest` names nothing in particular: no proof could. */
export function tagProblem(tag: string): string | undefined {
  if (TAG.test(tag) && tag !== 'latest') return undefined
  if (DIGEST.test(tag)) return undefined
  if (tag === '') return 'it is empty'
  if (tag === 'latest') return 'it names whatever was pushed last, so nothing can be proven about it'
  if (tag.startsWith('sha256:')) return 'a digest is sha256: and 64 hexadecimal digits'
  return 'a tag is 1-128 letters, digits, ".", "_" or "-", and begins with a letter, digit or "_"'
}

/** Names of the images that follow the run's tag: those whose default does not carry a tag of its own. */
export function taggedImages({ images }: Pick<Stack<never>, 'images'>): string[] {
  return Object.keys(images).filter((name) => splitReference(images[name] ?? '').tag === undefined)
}

/** An image's tag, or the digest in its place: as asked for, else by setting, else the stack's own. Throws `bad-tag`. */
export function tagOf(definition: Named, { tags, common }: Asked, name: string): string {
  const tag = tags[name] ?? common.images[name]?.tag ?? splitReference(referenceOf(definition, name)).tag
  if (tag === undefined) throw badTag(`Cannot render ${definition.name}: image ${name} has no tag`, name)
  const problem = tagProblem(tag) ?? (tag === PLACEHOLDER_TAG ? undefined : definition.tagRule?.(tag))
  if (problem !== undefined) throw badTag(`Cannot use tag ${JSON.stringify(tag)} for image ${name}: ${problem}`, name)
  return tag
}

/** The full reference: `repository:tag`, `repository:tag@digest` or `repository@digest`. */
export function imageOf(definition: Named, asked: Asked, name: string, tag = tagOf(definition, asked, name)): string {
  const own = splitReference(referenceOf(definition, name))
  const set = asked.common.images[name]
  const repository = set?.repository ?? own.repository
  if (DIGEST.test(tag)) return `${repository}@${tag}`
  // The stack's own digest belongs to its own tag alone.
  const digest = set?.digest ?? (tag === own.tag ? own.digest : undefined)
  return `${repository}:${tag}${digest === undefined ? '' : `@${digest}`}`
}

/** What a reference is made of; the colon of a registry's port is not a tag's. */
export function splitReference(reference: string): { repository: string; tag?: string; digest?: string } {
  const [whole = '', digest] = reference.split('@')
  const found = /^(.+):([^:/]+)$/.exec(whole)
  const parts = found === null ? { repository: whole } : { repository: found[1] ?? '', tag: found[2] ?? '' }
  return digest === undefined ? parts : { ...parts, digest }
}

function referenceOf({ name: stack, images }: Named, name: string): string {
  const reference = images[name]
  if (reference !== undefined) return reference
  throw new DeployError({
    code: 'broken-stack',
    says: `Cannot render ${stack}: it asks for image ${JSON.stringify(name)}, but has ${Object.keys(images).join(', ')}`,
    next: `declare it under images in the stack ${stack}`,
  })
}

function badTag(says: string, name: string): DeployError {
  return new DeployError({ code: 'bad-tag', says, next: `npx zx deploy.mts --tag TAG, or --tag ${name}=TAG` })
}
