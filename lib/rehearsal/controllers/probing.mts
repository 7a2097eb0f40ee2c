import type { Probe } from '../../kube/schema/types.mts'
import type { Actor } from './actor.mts'
import type { Run } from './run.mts'

type Kind = 'Startup' | 'Liveness' | 'Readiness'

const SECOND = 1000
// The kubelet says that a container runs before a probe may say more.
const FIRST_LOOK = 350
/** Exit code of a program that SIGKILL ended. */
const KILLED = 137

/** Asks a container that has started as its probes say, until it ends. */
export function probe(actor: Actor, run: Run): void {
  const { startupProbe, livenessProbe, readinessProbe } = run.spec
  const others = (): void => {
    if (livenessProbe !== undefined) ask(actor, run, 'Liveness', livenessProbe, killer(actor, run, 'liveness'))
    if (readinessProbe !== undefined) ask(actor, run, 'Readiness', readinessProbe, readier(actor, run))
  }
  if (startupProbe === undefined) return others()
  const kill = killer(actor, run, 'startup')
  ask(actor, run, 'Startup', startupProbe, (isOk) => {
    if (!isOk) return kill(false)
    run.started = true
    run.ready = readinessProbe === undefined
    actor.publish()
    others()
    return 'done'
  })
}

/** What follows once a probe has said the same often enough. */
type Verdict = (isOk: boolean) => 'done' | void

function ask(actor: Actor, run: Run, kind: Kind, spec: Probe, verdict: Verdict): void {
  const period = (spec.periodSeconds ?? 10) * SECOND
  let same = { ok: true, times: 0 }
  const turn = (): void => {
    const { ok, says } = run.health
    same = { ok, times: same.ok === ok ? same.times + 1 : 1 }
    if (!ok) actor.say(run, 'Warning', 'Unhealthy', `${kind} probe failed: ${says ?? failureOf(spec, actor.podIP())}`)
    const enough = ok ? (spec.successThreshold ?? 1) : (spec.failureThreshold ?? 3)
    if (same.times >= enough && verdict(ok) === 'done') return
    actor.later(period, turn, run)
  }
  actor.later((spec.initialDelaySeconds ?? 0) * SECOND + FIRST_LOOK, turn, run)
}

function readier(actor: Actor, run: Run): Verdict {
  return (isOk) => {
    if (run.ready === isOk) return
    run.ready = isOk
    actor.publish()
  }
}

function killer(actor: Actor, run: Run, what: string): Verdict {
  return (isOk) => {
    if (isOk) return undefined
    actor.say(run, 'Normal', 'Killing', `Container ${run.name} failed ${what} probe, will be restarted`)
    const grace = (actor.pod()?.spec?.terminationGracePeriodSeconds ?? 30) * SECOND
    const stop = run.script.stop ?? { takes: 100 }
    const ignores = stop === 'ignores' || stop.takes >= grace
    const code = ignores ? KILLED : (stop.code ?? 0)
    actor.later(ignores ? grace : stop.takes, () => actor.end(run, { code, isKill: true }), run)
    return 'done'
  }
}

function failureOf({ httpGet, tcpSocket }: Probe, ip: string): string {
  const port = httpGet?.port ?? tcpSocket?.port
  if (httpGet === undefined && tcpSocket === undefined) return ''
  const refused = `dial tcp ${ip}:${port}: connect: connection refused`
  if (httpGet === undefined) return refused
  return `Get "${(httpGet.scheme ?? 'HTTP').toLowerCase()}://${ip}:${port}${httpGet.path ?? '/'}": ${refused}`
}
