import { DeployError } from '../error.mts'
import { suggest } from '../report/suggest.mts'
import { PLACEHOLDER_TAG, taggedImages, tagProblem } from '../stacks/image.mts'
import type { Stack } from '../stacks/stack.mts'
import { isDomain } from './check.mts'
import type { Script } from './flags.mts'
import type { Entry } from './layers.mts'
import { formatPath } from './shape.mts'
import { variableOf } from './variables.mts'

const PLACEHOLDER = /replace[-_]?me|(^|[.@/])example\.(com|org|net|dev)($|[:/])|^change[-_]?me$|^<.*>$/i

/** The tag of each image, from `--tag abc` (every image that follows the run) and `--tag api=abc`.
    render and teardown take a placeholder where nothing was said. Throws `bad-tag`, `placeholder`, `usage`. */
export function tagsOf(asked: readonly string[], stack: Stack, script: Script): Record<string, string> {
  const tags: Record<string, string> = {}
  if (asked.length > 0 && Object.keys(stack.images).length === 0) throw untaggable(stack)
  const named = asked.filter((word) => word.includes('='))
  const plain =
    (script === 'render' || script === 'teardown') && asked.length === 0
      ? [PLACEHOLDER_TAG]
      : asked.filter((word) => !word.includes('='))
  for (const tag of plain) for (const image of taggedImages(stack)) tags[image] = checkTag(tag, script)
  for (const word of named) {
    const at = word.indexOf('=')
    tags[imageNamed(word.slice(0, at), stack)] = checkTag(word.slice(at + 1), script)
  }
  return tags
}

/** Refuses a deploy of an image that nobody gave a tag. */
export function requireTags(tags: Readonly<Record<string, string>>, stack: Stack, set: readonly string[]): void {
  const without = taggedImages(stack).filter((image) => tags[image] === undefined && !set.includes(image))
  if (without.length === 0) return
  const all = without.length === taggedImages(stack).length
  throw new DeployError({
    code: 'usage',
    says: `Cannot deploy ${stack.name} without --tag: ${all ? 'no image has' : `${without.join(', ')} has no`} ${all ? 'a tag' : 'tag'}`,
    next: all
      ? 'npx zx deploy.mts --tag TAG'
      : `npx zx deploy.mts ${without.map((image) => `--tag ${image}=TAG`).join(' ')}`,
  })
}

/** Refuses values that only stand where somebody has to write one. */
export function refusePlaceholders(entries: readonly Entry[]): void {
  for (const { path, value, source } of entries) {
    const empty = isDomain(path) && value === ''
    if (!empty && !(typeof value === 'string' && PLACEHOLDER.test(value))) continue
    throw new DeployError({
      code: 'placeholder',
      says: `Cannot deploy with ${formatPath(path)}=${empty ? '""' : value} from ${source}: ${empty ? 'it is empty' : 'that is a placeholder'}`,
      next: `set ${variableOf(path)} in .env, or --set ${formatPath(path)}=VALUE`,
    })
  }
}

function checkTag(tag: string, script: Script): string {
  if (script === 'deploy' && PLACEHOLDER.test(tag)) throw refused('placeholder', tag, 'that is a placeholder')
  const problem = tagProblem(tag)
  if (problem !== undefined) throw refused('bad-tag', tag, problem)
  return tag
}

function untaggable({ name }: Stack): DeployError {
  return new DeployError({
    code: 'bad-tag',
    says: `Cannot tag ${name}: its manifests name their images themselves`,
    next: 'leave --tag out, and write the tag into the manifests: kubectl kustomize, helm template --set, envsubst',
  })
}

function refused(code: 'bad-tag' | 'placeholder', tag: string, why: string): DeployError {
  return new DeployError({
    code,
    says: `Cannot use tag ${JSON.stringify(tag)}: ${why}`,
    next: 'npx zx deploy.mts --tag TAG',
  })
}

function imageNamed(name: string, stack: Stack): string {
  const images = Object.keys(stack.images)
  if (images.includes(name)) return name
  const meant = suggest(name, images)
  throw new DeployError({
    code: 'bad-tag',
    says: `Cannot tag image ${name}: ${stack.name} has ${images.join(', ')}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`,
    next: `npx zx deploy.mts --tag ${meant ?? images[0] ?? 'IMAGE'}=TAG`,
  })
}
