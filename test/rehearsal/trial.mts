import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { introduce } from '../../lib/deploy/stage.mts'
import { asDeployError } from '../../lib/deploy/story.mts'
import type { Stage } from '../../lib/deploy/story.mts'
import type { Target } from '../../lib/deploy/target.mts'
import type { DeployError } from '../../lib/error.mts'
import { connect } from '../../lib/kube/connect.mts'
import { serviceAnswer } from '../../lib/rehearsal/controllers/serving.mts'
import type { ServiceRequest } from '../../lib/rehearsal/controllers/serving.mts'
import { startControllers } from '../../lib/rehearsal/controllers/start.mts'
import { MemoryStore } from '../../lib/rehearsal/memory.mts'
import { openRehearsalServer } from '../../lib/rehearsal/server.mts'
import type { RehearsalServer } from '../../lib/rehearsal/server.mts'
import { OPERATOR } from '../../lib/rehearsal/server/identity.mts'
import type { Identity } from '../../lib/rehearsal/server/identity.mts'
import { makeAuthority } from '../../lib/rehearsal/stage/authority.mts'
import { openEdge } from '../../lib/rehearsal/stage/edge.mts'
import { furniture } from '../../lib/rehearsal/stage/furniture.mts'
import { startRouter } from '../../lib/rehearsal/stage/router.mts'
import { makeStage } from '../../lib/rehearsal/stage/stage.mts'
import type { StageOptions } from '../../lib/rehearsal/stage/stage.mts'
import { realTime } from '../../lib/rehearsal/stage/time.mts'
import type { Time } from '../../lib/rehearsal/store.mts'
import { Redactor } from '../../lib/report/redact.mts'
import { createReport } from '../../lib/report/report.mts'
import { loadSettings } from '../../lib/settings/load.mts'
import type { Settings } from '../../lib/settings/settings.mts'
import type { Stack } from '../../lib/stacks/stack.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import { bodies } from './bodies.mts'
import type { ActingScript } from './bodies.mts'

/** How many times sooner than on a node things happen here: what is left is what the tool itself takes. */
const SPEED = 100

/** The cluster's own clock: whoever sets the laptop's does not set this one. */
const clusterTime = (): Time => ({ ...realTime(SPEED), now: () => performance.timeOrigin + performance.now() })

export interface TrialOptions {
  stack: Stack
  stage: StageOptions
  /** What the cluster holds beside its furniture. */
  objects?: readonly KubeObject[]
  /** An ingress that answers; stacks without a site need none. */
  site?: boolean
  /** What lies in the operator's folder, by name. */
  files?: Readonly<Record<string, string>>
  /** API groups whose CustomResourceDefinitions nobody installed. */
  absent?: readonly string[]
}

/** How a run ended, and everything that it said. */
export interface Ended {
  error?: DeployError
  output: string
}

/** One run of a script, as the cluster sees it: a client with a token of its own. */
export interface Run {
  user: string
  ended: Promise<Ended>
  /** What SIGKILL does: its connections break, and nothing of it arrives any more. */
  kill: () => void
}

/** A cluster inside this process, for as many runs as a test wants. */
export interface Trial extends AsyncDisposable {
  store: MemoryStore
  server: RehearsalServer
  /** What programs on it have left behind: the revision of the database. */
  state: Map<string, string>
  /** The user that the next run comes as. */
  nextUser: () => string
  begin: (script: ActingScript, args: readonly string[]) => Run
  run: (script: ActingScript, args: readonly string[]) => Promise<Ended>
}

export async function openTrial({
  stack,
  stage: options,
  objects = [],
  site = false,
  files = {},
  absent = [],
}: TrialOptions): Promise<Trial> {
  await using made = new AsyncDisposableStack()
  const time = clusterTime()
  const store = new MemoryStore(time)
  for (const object of [...furniture(), ...objects]) store.put(object)
  const stage = makeStage(options)
  const kubelet = made.use(startControllers({ store, time, stage }))
  const answer = (asked: ServiceRequest) => serviceAnswer(store, kubelet, asked)
  // The first one is whom the kubeconfig names: each run puts its own token there.
  const identities: Identity[] = [{ ...OPERATOR, token: '' }]
  const server = made.use(
    await openRehearsalServer({ store, time, logs: kubelet.logs, proxy: answer, identities, absent, scheme: 'http' }),
  )
  const folder = await mkdtemp(join(tmpdir(), 'landfall-trial-'))
  made.defer(() => rm(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const edge = site ? await siteOf() : {}
  const runs: Promise<unknown>[] = []
  let count = 0

  async function siteOf() {
    const authority = await makeAuthority(Date.now())
    stage.certificates.mint = (names) => authority.mint(names)
    const router = made.use(startRouter({ store, time, kubelet }))
    const fallback = await authority.mint(['unknown.invalid'])
    const door = made.use(await openEdge({ store, answer: router.answer, fallback }))
    const caFile = join(folder, 'ca.crt')
    await writeFile(caFile, authority.certificate)
    return { address: door.address, httpAddress: door.httpAddress, caFile, roots: 'none' } as const
  }

  const targetFor = async ({ redactor }: Pick<Stage, 'redactor'>, user: string, dead: AbortSignal): Promise<Target> => {
    identities.push({ ...OPERATOR, name: user, token: `token-of-${user}` })
    const kubeconfig = join(folder, user)
    await writeFile(kubeconfig, server.kubeconfig.replace('"token": ""', `"token": "token-of-${user}"`), {
      mode: 0o600,
    })
    const onSecret = (value: string): void => redactor.learn(value)
    const cluster = await connect({ kubeconfig, signal: dead, onSecret, env: {} })
    return {
      cluster,
      proofs: (desired) => ({
        cluster,
        home: desired.home,
        edge,
        desiredObjects: desired.components.flatMap((component) => component.objects),
      }),
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    }
  }

  const begin = (script: ActingScript, args: readonly string[]): Run => {
    const user = `run-${(count += 1)}`
    const death = new AbortController()
    const running = async (): Promise<Ended> => {
      const { stage: acting, said } = await stageFor(script, args, { stack, folder, signal: death.signal })
      try {
        await bodies[script](acting, () => targetFor(acting, user, death.signal))
        return { output: said() }
      } catch (error) {
        const told = asDeployError(error)
        acting.report.failure(told)
        return { error: told, output: said() }
      } finally {
        await acting.report.end()
      }
    }
    const ended = running()
    runs.push(ended.catch(() => undefined))
    return { user, ended, kill: () => death.abort(new Error('killed')) }
  }

  const open = made.move()
  return {
    store,
    server,
    state: stage.state,
    nextUser: () => `run-${count + 1}`,
    begin,
    run: (script, args) => begin(script, args).ended,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(runs)
      await open.disposeAsync()
    },
  }
}

interface Acting {
  stack: Stack
  folder: string
  signal: AbortSignal
}

const known = new Map<string, Promise<Settings>>()

async function stageFor(script: ActingScript, args: readonly string[], { stack, folder, signal }: Acting) {
  const key = JSON.stringify([script, stack.name, args, folder])
  const loading = known.get(key) ?? loadSettings(args, script, { env: {}, cwd: folder, stack })
  known.set(key, loading)
  const settings = await loading
  const redactor = new Redactor()
  introduce(redactor, settings)
  const chunks: string[] = []
  const sink = (): Writable =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk.toString())
        done()
      },
    })
  const { output } = settings
  const report = createReport({ stdout: sink(), stderr: sink(), output, color: false, tty: false, env: {}, redactor })
  return { stage: { settings, report, redactor, signal } satisfies Stage, said: () => chunks.join('') }
}
