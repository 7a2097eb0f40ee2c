import type { Live } from '../../kube/object.mts'
import type { Pod } from '../../kube/schema/types.mts'
import { scriptFor, type Script } from '../stage/script.mts'
import type { Actor } from './actor.mts'
import { doubled } from './backoff.mts'
import { imageVerdict } from './images.mts'
import { configLack, environment, rootLack } from './lacks.mts'
import { stamp } from './naming.mts'
import { containerId, type Run } from './run.mts'

/** Brings a container from its image to its start, in the kubelet's words. */
export function startContainer(actor: Actor, run: Run): void {
  const pod = actor.pod()
  if (pod === undefined || actor.isStopping()) return
  const { images, delays } = actor.world.stage
  const verdict = imageVerdict(run.spec, images, actor.pulled, delays.pull)
  if (verdict.state === 'refused') {
    const reason = verdict.reason === 'InvalidImageName' ? 'InspectFailed' : verdict.reason
    actor.say(run, 'Warning', reason, verdict.says)
    actor.say(run, 'Warning', 'Failed', `Error: ${verdict.reason}`)
    return waits(actor, run, verdict.reason, verdict.says)
  }
  if (verdict.state === 'present') {
    const says = `Container image "${run.image}" already present on machine and can be accessed by the pod`
    actor.say(run, 'Normal', 'Pulled', says)
    return configure(actor, run)
  }
  actor.say(run, 'Normal', 'Pulling', `Pulling image "${run.image}"`)
  const done = (): void =>
    verdict.fails === undefined ? pulled(actor, run, verdict.takes) : unpulled(actor, run, verdict.fails)
  actor.later(verdict.takes, done, run)
}

/** Says why it cannot start; the kubelet looks again at its next turn. */
function waits(actor: Actor, run: Run, reason: string, message: string): void {
  setWaiting(run, reason, message)
  actor.publish()
  actor.later(actor.world.stage.delays.resync, () => actor.start(run), run)
}

function setWaiting(run: Run, reason: string, message: string): void {
  const ended = run.state.terminated
  if (ended !== undefined) run.lastState = { terminated: ended }
  run.state = { waiting: { reason, message } }
}

function pulled(actor: Actor, run: Run, takes: number): void {
  actor.pulled.add(run.image)
  const took = takes < 1000 ? `${takes}ms` : `${takes / 1000}s`
  const says = `Successfully pulled image "${run.image}" in ${took} (${took} including waiting). Image size: 48211021 bytes.`
  actor.say(run, 'Normal', 'Pulled', says)
  configure(actor, run)
}

function unpulled(actor: Actor, run: Run, says: string): void {
  actor.say(run, 'Warning', 'Failed', `Failed to pull image "${run.image}": ${says}`)
  actor.say(run, 'Warning', 'Failed', 'Error: ErrImagePull')
  setWaiting(run, 'ErrImagePull', says)
  actor.publish()
  run.pullBackoff = doubled(run.pullBackoff)
  actor.later(actor.world.stage.delays.relist, () => backOff(actor, run, says), run)
  actor.later(run.pullBackoff, () => actor.start(run), run)
}

function backOff(actor: Actor, run: Run, says: string): void {
  const message = `Back-off pulling image "${run.image}"`
  actor.say(run, 'Normal', 'BackOff', message)
  actor.say(run, 'Warning', 'Failed', 'Error: ImagePullBackOff')
  setWaiting(run, 'ImagePullBackOff', `${message}: ErrImagePull: ${says}`)
  actor.publish()
}

function configure(actor: Actor, run: Run): void {
  const { store, stage } = actor.world
  const pod = actor.pod()
  if (pod === undefined) return
  const script = scriptOf(actor, pod, run)
  const lack = configLack(pod, run.spec, store) ?? rootLack(pod, run.spec, script)
  if (lack !== undefined) {
    actor.say(run, 'Warning', 'Failed', `Error: ${lack}`)
    return waits(actor, run, 'CreateContainerConfigError', lack)
  }
  actor.say(run, 'Normal', 'Created', 'Container created')
  run.script = script
  actor.later(stage.delays.create + (script.startDelay ?? 0), () => launch(actor, pod, run), run)
}

function scriptOf({ world: { store, stage } }: Actor, pod: Live<Pod>, run: Run): Script {
  const env = environment(pod, run.spec, store)
  return scriptFor(stage.parts, { pod, container: run.spec, env, run: run.runs + 1, state: stage.state })
}

function launch(actor: Actor, pod: Live<Pod>, run: Run): void {
  const { stage, time } = actor.world
  const now = time.now()
  run.runs += 1
  run.restartCount = run.runs - 1
  run.containerID = containerId(pod, run)
  if (run.log.length > 0 || run.runs > 1) run.previousLog = run.log
  run.log = []
  if (run.state.terminated !== undefined) run.lastState = { terminated: run.state.terminated }
  if (run.script.refuses !== undefined) return unstarted(actor, run, run.script.refuses)
  actor.say(run, 'Normal', 'Started', 'Container started')
  run.startedAt = now
  run.state = { running: { startedAt: stamp(now) } }
  run.started = run.role === 'main' && run.spec.startupProbe === undefined
  run.ready = run.role === 'main' && run.started && run.spec.readinessProbe === undefined
  // What dies at once was never seen to run (recorded: crash-silent is not called available once).
  actor.later(stage.delays.publish, () => actor.publish(), run)
  play(actor, run)
  actor.started(run)
}

function unstarted(actor: Actor, run: Run, refuses: string): void {
  const says = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${refuses}`
  actor.say(run, 'Warning', 'Failed', `Error: ${says}`)
  actor.end(run, { code: 128, reason: 'StartError', message: says })
}

/** What the script has the container say and do from its start on. */
function play(actor: Actor, run: Run): void {
  const { log = [], changes = [], exit, ready = { after: 0 }, sick } = run.script
  for (const { after, line } of log) {
    if (after <= 0) run.log.push(line)
    else actor.later(after, () => run.log.push(line), run)
  }
  for (const { after, sets } of changes) actor.later(after, () => remember(actor, sets), run)
  run.health = { ok: ready.after === 0, says: ready.says }
  const turn = (after: number | 'never', health: Run['health']): void => {
    if (after === 'never' || after === 0) return
    actor.later(
      after,
      () => {
        run.health = health
      },
      run,
    )
  }
  turn(ready.after, { ok: true })
  if (sick !== undefined) turn(sick.after, { ok: false, says: sick.says })
  if (exit !== undefined) actor.later(exit.after, () => exits(actor, run), run)
}

function exits(actor: Actor, run: Run): void {
  const { exit, changes = [] } = run.script
  if (exit === undefined) return
  // A busy machine's timers fall due together and in any order; the end takes back those that have not run.
  for (const { after, sets } of changes) if (after <= exit.after) remember(actor, sets)
  actor.end(run, { code: exit.code, reason: exit.reason, message: exit.message })
}

function remember({ world: { stage } }: Actor, sets: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(sets)) stage.state.set(name, value)
}
