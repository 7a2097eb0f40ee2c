import { kindKey } from '../../kube/object.mts'
import type { KubeObject } from '../../kube/object.mts'
import { component, type Component } from '../stack.mts'
import { crewsOf, WORKLOADS, type Crew } from './crew.mts'
import { byWeight, momentOf } from './hooks.mts'
import { inKindOrder, isCustom } from './kinds.mts'

const EDGE = new Set(['networking.k8s.io/Ingress', 'gateway.networking.k8s.io/Gateway'])
/** What is asked about every write of its kind: with nobody behind it, it would stop the deploy that brings it. */
const LAST = new Set([
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'apiregistration.k8s.io/APIService',
])

/**
 * Plain objects as components: definitions, then what has no life of its own, then each workload with what is there for
 * it alone. Within one, kinds stand in the order of Helm. A Helm hook that comes before an upgrade is waited for by
 * every workload, one that comes after waits for all of them.
 */
export function componentsOf(objects: readonly KubeObject[], home: string): Component[] {
  const at = (moment: string): KubeObject[] => objects.filter((object) => momentOf(object) === moment)
  const isRun = (object: KubeObject): boolean => WORKLOADS.has(kindKey(object))
  const hooked = [...at('before'), ...at('after')]
  const { crews, others } = crewsOf([...at('with'), ...hooked.filter((object) => !isRun(object))], home)
  const names = namer()
  const plain = plainComponents(others)
  const basis = plain.map(({ name }) => name).filter((name) => name === 'definitions' || name === 'config')
  const before = chained(byWeight(at('before').filter(isRun)), names, basis)
  const start = before.at(-1) === undefined ? basis : [...basis, before.at(-1)?.name ?? '']
  const running = crews.map((crew) => crewComponent(crew, names(crew.workload), start))
  const all = [...start, ...running.map(({ name }) => name)]
  return [
    ...plain,
    ...before,
    ...running,
    ...chained(byWeight(at('after').filter(isRun)), names, all),
    ...(others.some(isLast) ? [component('webhooks', inKindOrder(others.filter(isLast)), { needs: all })] : []),
  ]
}

function plainComponents(others: readonly KubeObject[]): Component[] {
  const groups = { namespace: [], definitions: [], config: [], edge: [], custom: [] } as Record<string, KubeObject[]>
  for (const object of others) if (!isLast(object)) groups[groupOf(object)]?.push(object)
  const filled = Object.entries(groups).filter(([, objects]) => objects.length > 0)
  const has = (name: string): string[] => (filled.some(([other]) => other === name) ? [name] : [])
  const needs: Readonly<Record<string, string[]>> = {
    config: has('definitions'),
    edge: [...has('definitions'), ...has('config')],
    custom: [...has('definitions'), ...has('config')],
  }
  return filled.map(([name, objects]) => component(name, inKindOrder(objects), { needs: needs[name] ?? [] }))
}

function groupOf(object: KubeObject): string {
  if (kindKey(object) === '/Namespace') return 'namespace'
  if (object.kind === 'CustomResourceDefinition') return 'definitions'
  if (EDGE.has(kindKey(object)) || object.kind.endsWith('Route')) return 'edge'
  return isCustom(object) ? 'custom' : 'config'
}

function isLast(object: KubeObject): boolean {
  return LAST.has(kindKey(object))
}

function crewComponent({ first, workload, then }: Crew, name: string, needs: readonly string[]): Component {
  return component(name, [...inKindOrder(first), workload, ...then], { needs })
}

/** One behind the other. */
function chained(objects: readonly KubeObject[], names: Namer, needs: readonly string[]): Component[] {
  const named = objects.map((object) => ({ name: names(object), object }))
  return named.map(({ name, object }, place) => {
    const previous = named[place - 1]?.name
    return component(name, object, { needs: previous === undefined ? needs : [...needs, previous] })
  })
}

type Namer = (object: KubeObject) => string

const TAKEN = ['namespace', 'definitions', 'config', 'edge', 'custom', 'webhooks']

/** The workload's name; with its kind, and then its namespace, where another one has that name. */
function namer(): Namer {
  const taken = new Set(TAKEN)
  return ({ kind, metadata: { name, namespace = 'home' } }) => {
    const candidates = [name, `${kind.toLowerCase()}-${name}`, `${namespace}-${kind.toLowerCase()}-${name}`]
    const chosen = candidates.find((candidate) => !taken.has(candidate)) ?? `${candidates.at(-1)}-${taken.size}`
    taken.add(chosen)
    return chosen
  }
}
