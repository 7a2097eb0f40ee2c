import { DeployError } from '../error.mts'
import { keyOf, refOf, type KubeObject } from '../kube/object.mts'
import type { Namespace } from '../kube/schema/types.mts'
import { suggest } from '../report/suggest.mts'
import { brokenBy } from './broken.mts'
import type { CommonSettings } from './common.mts'
import { finish, hashOf, pointed } from './finish.mts'
import { inOrder, withoutEmpty } from './graph.mts'
import { imageOf, tagOf } from './image.mts'
import { containerNames } from './pods.mts'
import { component, type Component, type Context, type Desired, type Stack } from './stack.mts'

const SLO = 120_000
const NAMESPACE = 'namespace'

/** What a rendering follows from, and nothing else. */
export interface RenderInput<S> {
  environment: string
  /** The home namespace, where it is not the stack's own. */
  namespace?: string
  /** Tag or digest by image name. */
  tags: Readonly<Record<string, string>>
  common: CommonSettings
  own: S
  /** Text by path, of the files that the settings name. */
  files?: Readonly<Record<string, string>>
}

/**
 * A stack and its settings as the objects that shall be in the cluster: in their order, labelled, with what every stack
 * takes, in normal form. What names no namespace is in the home one; a Job's name gets its content's hash, because a Job
 * cannot be changed. Pure. Throws `broken-stack`, `bad-tag`, and `unknown-setting` for an image or container that is not there.
 */
export function render<S>(definition: Stack<S>, input: RenderInput<S>): Desired {
  const { name } = definition
  const home = input.namespace ?? definition.namespace ?? name
  const used = new Map<string, string>()
  const context = contextOf(definition, input, home, used)
  const slo = definition.slo ?? SLO
  const declared = brokenBy(name, () => definition.components(context))
  refuseUnknown(definition, input.common, declared)
  const whole = inOrder(name, withNamespace(home, withoutEmpty(declared)))
  const { components, renamed } = finish(whole, { stack: name, home, common: input.common, slo })
  return {
    stack: name,
    home,
    components,
    ...promises(definition, context, (value) => pointed(value, home, renamed)),
    digest: digestOf(components),
    slo: input.common.slo === undefined ? slo : input.common.slo * 1000,
    tags: { ...input.tags, ...Object.fromEntries(used) },
  }
}

// An image that a switch took away is not part of the release; `used` learns which ones are.
function contextOf<S>(
  definition: Stack<S>,
  input: RenderInput<S>,
  namespace: string,
  used: Map<string, string>,
): Context<S> {
  const tag = (name: string): string => {
    const found = tagOf(definition, input, name)
    used.set(name, found)
    return found
  }
  return {
    settings: input.own,
    environment: input.environment,
    namespace,
    image: (name) => imageOf(definition, input, name, tag(name)),
    tag,
    file: (path) => input.files?.[path] ?? unread(definition.name, path),
  }
}

type Promises = Pick<Desired, 'proofs' | 'secrets' | 'agreements' | 'advice' | 'tlsTimeout' | 'health'>

function promises<S>(definition: Stack<S>, context: Context<S>, point: <T>(value: T) => T): Promises {
  return brokenBy(definition.name, () => {
    const health = definition.health?.(context)
    const advice = definition.advice?.(context) ?? []
    return {
      proofs: point(definition.proofs(context)),
      secrets: definition.secrets?.(context) ?? [],
      agreements: definition.agreements?.(context) ?? [],
      tlsTimeout: definition.tlsTimeout?.(context) ?? 0,
      ...(advice.length === 0 ? {} : { advice }),
      ...(health === undefined ? {} : { health }),
    }
  })
}

// The lock and the records live in the home namespace, so it comes before everything.
function withNamespace(home: string, components: readonly Component[]): Component[] {
  const own = components.find(({ name }) => name === NAMESPACE)
  const objects = own?.objects ?? []
  const first = objects.find((object) => isNamespace(object, home)) ?? namespace(home)
  const others = objects.filter((object) => !isNamespace(object, home))
  const rest = components.filter((one) => one !== own)
  return [
    component(NAMESPACE, [first, ...others], { needs: own?.needs ?? [] }),
    ...rest.map((one) => ({ ...one, needs: [...new Set([NAMESPACE, ...one.needs])] })),
  ]
}

function isNamespace({ kind, metadata }: KubeObject, name: string): boolean {
  return kind === 'Namespace' && metadata.name === name
}

function namespace(name: string): Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

function unread(stack: string, path: string): never {
  throw new DeployError({
    code: 'broken-stack',
    says: `Cannot render ${stack}: nobody has read ${path}`,
    next: `name it under reads in the stack ${stack}`,
  })
}

function refuseUnknown<S>({ name, images }: Stack<S>, common: CommonSettings, components: readonly Component[]): void {
  const containers = components.flatMap(({ objects }) => objects.flatMap(containerNames))
  refuse(name, 'images', Object.keys(common.images), Object.keys(images))
  refuse(name, 'resources', Object.keys(common.resources), [...new Set(containers)])
}

function refuse(stack: string, setting: string, asked: readonly string[], known: readonly string[]): void {
  const unknown = asked.find((key) => !known.includes(key))
  if (unknown === undefined) return
  const meant = suggest(unknown, known)
  throw new DeployError({
    code: 'unknown-setting',
    says: `Cannot use ${setting}.${unknown}: ${stack} has ${known.join(', ')}`,
    next: meant === undefined ? `take ${setting}.${unknown} out of the settings` : `did you mean ${setting}.${meant}?`,
  })
}

function digestOf(components: readonly Component[]): string {
  const objects = components.flatMap((one) =>
    one.objects.map((object): [string, KubeObject] => [keyOf(refOf(object)), object]),
  )
  return hashOf(Object.fromEntries(objects))
}
