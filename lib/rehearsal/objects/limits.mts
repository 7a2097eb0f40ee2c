import type { KubeObject } from '../../kube/object.mts'
import { amountOf } from '../../kube/quantity.mts'
import type { Store } from '../store.mts'
import { defaultsTo, mapAt, mapsAt, setDefaults, wordOf } from './setting.mts'
import type { Fields } from './setting.mts'

/** Gives a pod's containers the namespace's default requests and limits, in place; says why where one is out of bounds. */
export function limitRefusal(store: Store, pod: KubeObject): string | undefined {
  const ranges = store.list({ apiVersion: 'v1', kind: 'LimitRange' }, pod.metadata.namespace)
  const items = ranges.flatMap((range) => mapsAt(mapAt(range as unknown as Fields, 'spec'), 'limits'))
  const spec = mapAt(pod as unknown as Fields, 'spec')
  const containers = ['initContainers', 'containers'].flatMap((list) => mapsAt(spec, list))
  const wanted = items.filter((item) => item['type'] === 'Container')
  for (const container of containers) for (const item of wanted) giveDefaults(container, item)
  const reasons = containers.flatMap((container) => wanted.flatMap((item) => outOfBounds(container, item)))
  if (reasons.length < 2) return reasons[0]
  return `[${reasons.join(', ')}]`
}

function giveDefaults(container: Fields, item: Fields): void {
  const resources = defaultsTo(container, 'resources', {})
  const [limits, requests] = [mapAt(item, 'default'), mapAt(item, 'defaultRequest')]
  if (Object.keys(limits).length > 0) setDefaults(defaultsTo(resources, 'limits', {}), limits)
  if (Object.keys(requests).length > 0) setDefaults(defaultsTo(resources, 'requests', {}), requests)
}

function outOfBounds(container: Fields, item: Fields): string[] {
  const { requests, limits } = {
    requests: mapAt(mapAt(container, 'resources'), 'requests'),
    limits: mapAt(mapAt(container, 'resources'), 'limits'),
  }
  const low = Object.entries(mapAt(item, 'min')).flatMap(([name, min]) => {
    const words = `minimum ${name} usage per Container is ${wordOf(min)}`
    if (requests[name] === undefined) return [`${words}.  No request is specified`]
    return amountOf(requests[name]) < amountOf(min) ? [`${words}, but request is ${wordOf(requests[name])}`] : []
  })
  const high = Object.entries(mapAt(item, 'max')).flatMap(([name, max]) => {
    const words = `maximum ${name} usage per Container is ${wordOf(max)}`
    if (limits[name] === undefined) return [`${words}.  No limit is specified`]
    return amountOf(limits[name]) > amountOf(max) ? [`${words}, but limit is ${wordOf(limits[name])}`] : []
  })
  return [...low, ...high]
}
