import { Writable } from 'node:stream'
import { DeployError } from '../error.mts'
import { connect } from '../kube/connect.mts'
import type { Live } from '../kube/object.mts'
import type { Pod } from '../kube/schema/types.mts'
import { STACK_LABEL } from '../marks.mts'
import { inventor, openRehearsal, SPEED } from '../rehearsal/open.mts'
import type { Rehearsal } from '../rehearsal/open.mts'
import { castFor, drillNamed } from '../rehearsal/drills/choose.mts'
import { setTrouble, type Way } from '../rehearsal/drills/play.mts'
import type { Drill } from '../rehearsal/drills/drill.mts'
import { suppliesFor } from '../rehearsal/stage/supplies.mts'
import { createReport } from '../report/report.mts'
import type { Report } from '../report/report.mts'
import type { Settings } from '../settings/settings.mts'
import { taggedImages } from '../stacks/image.mts'
import { render } from '../stacks/render.mts'
import type { Desired } from '../stacks/stack.mts'
import { land } from './land.mts'
import { makePlan } from './plan.mts'
import { proofTarget } from './proving.mts'
import type { Stage } from './story.mts'

/** How many times faster than real the time before a drill passes. */
const HURRY = 40

/** A cluster inside this process, furnished for one run. */
export interface Rehearsed extends AsyncDisposable, Way {
  edge: Rehearsal['edge']
  /** A home directory with nothing in it: what is in the operator's own does not count. */
  home: string
  /** By what the cluster's times are judged. */
  clock: () => number
}

/**
 * Opens the cluster inside this process with all that the stack waits for from outside. With a drill, first what was
 * deployed before it is deployed and proven, then its trouble is set. Throws `usage` where this stack or script cannot
 * play the drill.
 */
export async function rehearse(stage: Stage): Promise<Rehearsed> {
  const { settings, report } = stage
  const desired = desiredBy(settings, {})
  const name = settings.rehearse ?? ''
  const drill = name === '' ? undefined : drillNamed(name, settings.script)
  const cast = drill === undefined ? undefined : castFor(name, drill, renderedAs(desired))
  await using made = new AsyncDisposableStack()
  const rehearsal = made.use(await openFor(settings, desired, drill))
  rehearsal.setSpeed(HURRY)
  for (const tag of tagsBefore(settings.stack, drill)) await deployBefore(rehearsal, stage, tag)
  const before = podsIn(rehearsal, desired)
  rehearsal.setSpeed(drill?.speed ?? SPEED)
  const way =
    drill === undefined || cast === undefined
      ? rehearsal
      : await setTrouble(rehearsal, { drill, cast, interrupt: () => process.kill(process.pid, 'SIGINT') })
  if (drill !== undefined) announce(report, { name, drill, settings, desired })
  if (before.length > 0) made.defer(() => tellServing(report, before, podsIn(rehearsal, desired)))
  const open = made.move()
  return {
    kubeconfig: way.kubeconfig,
    context: way.context,
    edge: rehearsal.edge,
    home: rehearsal.folder,
    clock: () => rehearsal.time.now(),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** The stack as these settings have it; an image that nobody tagged has some tag. */
function desiredBy(settings: Settings, tags: Readonly<Record<string, string>>): Desired {
  const any = Object.fromEntries(taggedImages(settings.stack).map((image) => [image, takes(settings.stack, 'before')]))
  return render(settings.stack, { ...settings, tags: { ...any, ...settings.tags, ...tags } })
}

function tagsBefore(stack: Settings['stack'], drill: Pick<Drill, 'before'> | undefined): string[] {
  return (drill?.before ?? []).map((tag, at) => takes(stack, tag, at))
}

/** The tag, or a version in its place where the stack's own rule refuses such a tag. */
function takes({ tagRule }: Settings['stack'], tag: string, at = 0): string {
  return tagRule?.(tag) === undefined ? tag : `0.${at + 1}.0`
}

function objectsIn({ components }: Desired) {
  return components.flatMap(({ objects }) => objects)
}

function renderedAs(desired: Desired) {
  const { stack, home, proofs, health } = desired
  const kinds = proofs.map(({ kind }) => kind)
  return { stack, home, objects: objectsIn(desired), proofs: kinds, tellsSchema: health?.revisionField !== undefined }
}

async function openFor(settings: Settings, desired: Desired, drill: Drill | undefined): Promise<Rehearsal> {
  const secret = inventor()
  const { stack, own, namespace } = settings
  const staging = stack.staging?.({ settings: own, namespace, secret }) ?? {}
  const { identity, absent = [] } = drill ?? {}
  const identities = identity === undefined ? [] : [identity]
  const rehearsal = await openRehearsal({ clock: 'own', staging, identities, absent })
  const { home, secrets: needs } = desired
  const mint = (names: readonly string[]) => rehearsal.authority.mint(names)
  const supplies = await suppliesFor({ objects: objectsIn(desired), needs, home, staging, secret, mint })
  Object.assign(rehearsal.stage.vault, { data: supplies.vault })
  if (drill?.withoutSecrets !== true) for (const one of supplies.secrets) supply(rehearsal, one)
  return rehearsal
}

/** By hand, and so in a namespace that was made by hand. */
function supply({ store }: Rehearsal, object: Parameters<Rehearsal['store']['put']>[0]): void {
  const { namespace = '' } = object.metadata
  const home = { apiVersion: 'v1', kind: 'Namespace', name: namespace }
  const labels = { 'kubernetes.io/metadata.name': namespace }
  if (store.get(home) === undefined)
    store.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } })
  store.put(object)
}

/** A release of that tag, proven like any other; nothing is said of it. */
async function deployBefore(rehearsal: Rehearsal, stage: Stage, tag: string): Promise<void> {
  const { signal, settings } = stage
  const { kubeconfig, context, edge, time } = rehearsal
  const onSecret = (value: string): void => stage.redactor.learn(value)
  const clock = (): number => time.now()
  await using cluster = await connect({ kubeconfig, context, signal, onSecret, clock, env: {} })
  const tags = Object.fromEntries(taggedImages(settings.stack).map((image) => [image, tag]))
  const plan = await makePlan(cluster, desiredBy(settings, tags), { signal })
  const { within: _, ...unlimited } = settings
  const target = {
    cluster,
    proofs: (desired: Desired) => proofTarget(cluster, desired, edge),
    [Symbol.asyncDispose]: async () => {},
  }
  await land({ ...stage, settings: unlimited, report: silent(stage), target, plan }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new DeployError({
      code: 'bug',
      says: `Cannot rehearse: the release before the drill was not proven: ${why}`,
      next: `npx zx deploy.mts --tag ${tag} --rehearse`,
      cause: error,
    })
  })
}

function silent({ redactor }: Stage): Report {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  return createReport({ stdout: nowhere, stderr: nowhere, output: 'text', color: false, tty: false, env: {}, redactor })
}

interface Announced {
  name: string
  drill: Drill
  settings: Settings
  desired: Desired
}

function announce(report: Report, { name, drill, settings, desired }: Announced): void {
  const { code, title } = drill
  const before = tagsBefore(settings.stack, drill)
  report.note(`rehearsing ${name}: ${title}`)
  const served = before.length === 0 ? [] : [`before it ${before.join(', then ')} was deployed and proven`]
  const { within } = settings
  const hasOwn = within !== undefined && within === drill.within
  const limit = hasOwn ? [`the time limit is ${within / 1000} s, in earnest ${desired.slo / 1000} s`] : []
  report.note(
    `  ${[...served, `the cluster's time runs ${drill.speed ?? SPEED} times faster`, ...limit].join('; ')}; ends with ${code}`,
  )
}

function podsIn({ store }: Rehearsal, { stack }: Desired): Live<Pod>[] {
  return store
    .list<Pod>({ apiVersion: 'v1', kind: 'Pod' })
    .filter(({ metadata, status }) => metadata.labels?.[STACK_LABEL] === stack && isServing(status))
}

function isServing(status: Pod['status']): boolean {
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false
}

/** What became of the pods that served before. */
function tellServing(report: Report, before: readonly Live<Pod>[], now: readonly Live<Pod>[]): void {
  const uids = new Set(now.map(({ metadata }) => metadata.uid))
  const same = before.filter(({ metadata }) => uids.has(metadata.uid))
  const names = same.map(({ metadata }) => metadata.name).join(', ')
  report.note(
    same.length === 0
      ? 'none of the pods from before the drill serves any more'
      : `${same.length} of ${before.length} pods from before the drill still serve: ${names}`,
  )
}
