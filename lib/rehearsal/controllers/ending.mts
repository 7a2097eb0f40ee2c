import type { Actor, Ended } from './actor.mts'
import { turnAfter } from './backoff.mts'
import { goDuration, stamp } from './naming.mts'
import { cancelPending, lastWords, runsAgain, type Run } from './run.mts'

/** Notes how a container ended, and has it run again where its pod's policy says so. */
export function endContainer(actor: Actor, run: Run, ended: Ended): void {
  cancelPending(run)
  const now = actor.world.time.now()
  const endBefore = run.finishedAt
  run.finishedAt = now
  run.ready = run.role === 'init' && ended.code === 0
  run.started = false
  run.health = { ok: false }
  note(run, ended, now)
  run.startedAt = undefined
  actor.publish()
  if (actor.isStopping()) return
  const pod = actor.pod()
  if (pod === undefined || !runsAgain(pod, run, ended.code))
    return actor.later(actor.world.stage.delays.create, () => actor.next())
  const { relist } = actor.world.stage.delays
  if (ended.isKill === true) return again(actor, run, endBefore, relist)
  actor.later(relist, () => again(actor, run, run.finishedAt), run)
}

function note(run: Run, { code, reason, message }: Ended, now: number): void {
  const words = lastWords(run, code, message)
  const terminated = {
    exitCode: code,
    reason: reason ?? (code === 0 ? 'Completed' : 'Error'),
    ...(words === undefined ? {} : { message: words }),
    // What never started has no start (recorded: command-missing).
    startedAt: reason === 'StartError' ? stamp(0) : stamp(run.startedAt ?? now),
    finishedAt: stamp(now),
    ...(run.containerID === undefined ? {} : { containerID: run.containerID }),
  }
  if (reason !== 'StartError') {
    run.state = { terminated }
    // Recorded: migration-database-late, whose last end is gone once it has succeeded.
    if (run.role === 'init' && code === 0) run.lastState = {}
    return
  }
  run.lastState = { terminated }
  run.state = { waiting: { reason: 'RunContainerError', ...(words === undefined ? {} : { message: words }) } }
}

function again(actor: Actor, run: Run, seenEnd: number | undefined, lag = 0): void {
  if (actor.pod() === undefined || actor.isStopping()) return
  const turn = turnAfter(seenEnd, run.backoff, actor.world.time.now())
  if (turn.state === 'restart') {
    if (turn.backoff !== undefined) run.backoff = turn.backoff
    return actor.start(run)
  }
  actor.later(lag, () => backOff(actor, run, turn.backoff), run)
  actor.later(Math.max(turn.ms, lag + 1), () => again(actor, run, run.finishedAt), run)
}

function backOff(actor: Actor, run: Run, ms: number): void {
  const pod = actor.pod()
  if (pod === undefined) return
  const { name, namespace, uid } = pod.metadata
  const whom = `${name}_${namespace}(${uid})`
  actor.say(run, 'Warning', 'BackOff', `Back-off restarting failed container ${run.name} in pod ${whom}`)
  if (run.state.terminated !== undefined) run.lastState = { terminated: run.state.terminated }
  const message = `back-off ${goDuration(ms)} restarting failed container=${run.name} pod=${whom}`
  run.state = { waiting: { reason: 'CrashLoopBackOff', message } }
  actor.publish()
}
