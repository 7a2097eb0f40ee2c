import type { KubeObject, Live } from '../../kube/object.mts'
import { mapAt, mapsAt, wordOf } from '../objects/setting.mts'
import type { Fields } from '../objects/setting.mts'
import { invalidValue } from '../objects/problems.mts'
import { badRequest, invalid, unanswered } from './refused.mts'
import type { Reply } from './reply.mts'

/** The lines of a container's run so far; undefined where there was no such run. */
export type Logs = (pod: Live, container: string, previous: boolean) => readonly string[] | undefined

/** GET of a pod's log. */
export function logReply(pod: Live, query: URLSearchParams, logs: Logs): Reply {
  for (const asked of ['sinceTime', 'sinceSeconds', 'timestamps'])
    if (query.has(asked)) throw unanswered(`a log with ${asked}`)
  refuseOptions(pod, query)
  const container = containerOf(pod, query.get('container') ?? '')
  const previous = query.get('previous') === 'true'
  const nowhere = mapAt(pod as unknown as Fields, 'spec')['nodeName'] === undefined
  if (nowhere && logs(pod, container, previous) === undefined) return { kind: 'nothing', status: 204 }
  const lines = (): readonly string[] => {
    const found = logs(pod, container, previous)
    if (found === undefined) throw badRequest(noRun(pod, container, previous))
    return found
  }
  const tail = query.has('tailLines') ? Number(query.get('tailLines')) : Infinity
  const first = lines()
  if (query.get('follow') === 'true') return follow(first, tail, () => logs(pod, container, previous))
  const limit = Number(query.get('limitBytes') ?? Infinity)
  return { kind: 'text', status: 200, body: cut(textOf(last(first, tail)), limit) }
}

function refuseOptions({ metadata: { name } }: Live, query: URLSearchParams): void {
  for (const [field, least] of [
    ['tailLines', 0],
    ['limitBytes', 1],
  ] as const) {
    const value = Number(query.get(field) ?? least)
    if (value >= least) continue
    const problem = invalidValue(field, value, `must be greater than or equal to ${least}`)
    throw invalid(LOG_OPTIONS, name, [problem])
  }
}

const LOG_OPTIONS = { kind: 'PodLogOptions', group: '' }

function last(lines: readonly string[], count: number): readonly string[] {
  return count === Infinity ? lines : count === 0 ? [] : lines.slice(-count)
}

function cut(text: string, bytes: number): Buffer {
  const whole = Buffer.from(text)
  return bytes >= whole.length ? whole : whole.subarray(0, bytes)
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

/** Milliseconds between two looks at a log that is followed. */
const LOOK = 50

/** Writes what comes, until the asker goes. */
function follow(first: readonly string[], tail: number, now: () => readonly string[] | undefined): Reply {
  return {
    kind: 'stream',
    run: (response) => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
      response.write(textOf(last(first, tail)))
      let told = first.length
      const timer = setInterval(() => {
        const lines = now()
        if (lines === undefined) return void response.end()
        if (lines.length > told) response.write(textOf(lines.slice(told)))
        told = lines.length
      }, LOOK)
      timer.unref()
      response.once('close', () => clearInterval(timer))
    },
  }
}

function containerOf(pod: KubeObject, asked: string): string {
  const spec = mapAt(pod as unknown as Fields, 'spec')
  const [inits, mains] = ['initContainers', 'containers'].map((list) =>
    mapsAt(spec, list).map((one) => String(one['name'])),
  )
  const names = [...(inits ?? []), ...(mains ?? [])]
  const { name } = pod.metadata
  if (asked !== '' && !names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`)
  if (asked !== '') return asked
  const [only] = mains ?? []
  if (only !== undefined && names.length === 1) return only
  const choice = `choose one of: [${names.join(' ')}]`
  throw badRequest(`a container name must be specified for pod ${name}, ${choice}`)
}

function noRun(pod: KubeObject, container: string, previous: boolean): string {
  const { name } = pod.metadata
  if (previous) return `previous terminated container "${container}" in pod "${name}" not found`
  const status = mapAt(pod as unknown as Fields, 'status')
  const found = ['initContainerStatuses', 'containerStatuses']
    .flatMap((list) => mapsAt(status, list))
    .find((one) => one['name'] === container)
  const reason = mapAt(mapAt(found ?? {}, 'state'), 'waiting')['reason'] ?? 'ContainerCreating'
  return `container "${container}" in pod "${name}" is waiting to start: ${wordOf(reason)}`
}
