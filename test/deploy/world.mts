import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { DeployError } from '../../lib/error.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import { STACK_LABEL } from '../../lib/marks.mts'
import { Redactor } from '../../lib/report/redact.mts'
import type { Report } from '../../lib/report/report.mts'
import type { Settings } from '../../lib/settings/settings.mts'
import type { Landing } from '../../lib/deploy/land.mts'
import { makePlan } from '../../lib/deploy/plan.mts'
import { withoutSecretData } from '../../lib/deploy/release.mts'
import type { Release } from '../../lib/deploy/types.mts'
import type { CommonSettings } from '../../lib/stacks/common.mts'
import { render } from '../../lib/stacks/render.mts'
import { component } from '../../lib/stacks/stack.mts'
import type { Component, Desired, Stack } from '../../lib/stacks/stack.mts'
import { FakeCluster } from './fake.mts'

/** Lets everything that is only waiting for promises go on; no time passes. */
export async function idle(turns = 20): Promise<void> {
  for (let at = 0; at < turns; at += 1) await turn()
}

/** What a promise ends with, whichever way it ends; never an unhandled rejection. */
export async function outcome<T>(promise: Promise<T>): Promise<T | DeployError> {
  return promise.catch((error: unknown) => error as DeployError)
}

export interface Told {
  report: Report
  notes: string[]
  /** `web progressing waiting…`, without repetitions. */
  components: string[]
  failures: DeployError[]
}

/** A report that keeps what it is told. */
export function listening(): Told {
  const told: Omit<Told, 'report'> = { notes: [], components: [], failures: [] }
  const ignore = (): void => undefined
  const report: Report = {
    where: ignore,
    plan: ignore,
    preflight: ignore,
    traffic: ignore,
    proof: ignore,
    release: ignore,
    data: ignore,
    text: ignore,
    note: (text) => void told.notes.push(text),
    component: (name, { state, detail }) => {
      const line = `${name} ${state} ${detail}`
      if (told.components.at(-1) !== line) told.components.push(line)
    },
    failure: (error) => void told.failures.push(error),
    end: () => Promise.resolve(),
  }
  return { ...told, report }
}

interface Template {
  image?: string
  reads?: { secrets?: string[]; configMaps?: string[] }
  replicas?: number
  strategy?: object
}

export function deployment(name: string, { image = 'web:1', reads = {}, replicas = 1, strategy }: Template = {}) {
  const { secrets = [], configMaps = [] } = reads
  const envFrom = [
    ...secrets.map((secret) => ({ secretRef: { name: secret } })),
    ...configMaps.map((config) => ({ configMapRef: { name: config } })),
  ]
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      ...(strategy === undefined ? {} : { strategy }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name, image, ...(envFrom.length === 0 ? {} : { envFrom }) }] },
      },
    },
  } satisfies KubeObject & Record<string, unknown>
}

export function configMap(name: string, data: Record<string, string> = { a: '1' }): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data } as KubeObject
}

export function secret(name: string, data: Record<string, string> = { a: '1' }): KubeObject {
  const encoded = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  )
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: encoded } as KubeObject
}

export function job(name: string): KubeObject {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name, image: 'mc:1' }] } }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template } } as KubeObject
}

// As the schema gives them where nothing was said; zod itself would cost each test file a quarter of a second.
const COMMON: CommonSettings = {
  images: {},
  imagePullSecrets: [],
  resources: {},
  placement: { nodeSelector: {}, tolerations: [] },
  podSecurity: 'off',
  edge: {},
}

/** The stack `toy` in the namespace `toy`. */
export function toy(...components: Component[]): Desired {
  const settings = undefined as unknown as Stack['settings']
  const stack: Stack = { name: 'toy', images: {}, settings, components: () => components, proofs: () => [] }
  return render(stack, { environment: 'production', tags: {}, common: COMMON, own: undefined })
}

/** One component `web` of these objects. */
export function web(...objects: KubeObject[]): Desired {
  return toy(component('web', objects))
}

/** A cluster in which the namespace `toy` is there and every Deployment is ready at once. */
export function cluster(): FakeCluster {
  const fake = new FakeCluster()
  const labels = { [STACK_LABEL]: 'toy' }
  const time = fake.stamp()
  const own = { manager: 'landfall-toy', operation: 'Apply' as const, apiVersion: 'v1', time }
  const owned = { 'f:apiVersion': {}, 'f:kind': {}, 'f:metadata': {} }
  fake.put({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'toy', labels, managedFields: [{ ...own, fieldsV1: owned }] },
  })
  fake.controller = (object) => {
    const status = readyStatus(object)
    if (status !== undefined) fake.put({ ...object, status } as KubeObject)
  }
  return fake
}

/** The status that says ready; undefined for a kind that needs none. */
export function readyStatus({ kind, metadata, ...rest }: Live): object | undefined {
  const { replicas = 1 } = (rest as { spec?: { replicas?: number } }).spec ?? {}
  const observedGeneration = metadata.generation ?? 1
  const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas }
  if (kind === 'Deployment') return { observedGeneration, ...counts }
  if (kind === 'Job') return { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] }
  return undefined
}

/** A proven release of this desired state. */
export function release(number: number, desired: Desired, more: Partial<Release> = {}): Release {
  return {
    number,
    desired: withoutSecretData(desired),
    digest: desired.digest,
    schemaCompatible: false,
    timeline: [],
    proof: [],
    by: 'anna@laptop',
    from: 'laptop',
    at: '2026-11-01T00:00:00.000Z',
    run: `run-${number}`,
    ...more,
  }
}

/** Applies all of it, as a deploy that went well left it. */
export async function deployed(fake: FakeCluster, desired: Desired): Promise<void> {
  for (const { objects } of desired.components)
    for (const object of objects) await fake.apply(object, { manager: `landfall-${desired.stack}` })
}

export interface Journey {
  told: Told
  landing: Landing
  redactor: Redactor
}

interface Setting {
  signal?: AbortSignal
  settings?: Partial<Settings>
}

/** Everything that `land` is given, for a plan that is made now. */
export async function landingOf(
  fake: FakeCluster,
  desired: Desired,
  { signal = new AbortController().signal, settings = {} }: Setting = {},
): Promise<Journey> {
  const told = listening()
  const redactor = new Redactor()
  const plan = await makePlan(fake, desired, { signal })
  const target = {
    cluster: Object.assign(fake, {
      read: () => Promise.resolve(undefined),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
    proofs: ({ home }: Desired) => ({ cluster: fake, home, edge: {} }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const given = { schemaCompatible: false, forceConflicts: false, ...settings } as Settings
  return { told, redactor, landing: { target, plan, settings: given, report: told.report, redactor, signal } }
}

/** What went well. */
export function well<T>(ended: T | DeployError): T {
  if (ended instanceof Error) assert.fail(`it failed: ${ended.message}`)
  return ended
}

/** The error that an operator is meant to meet. */
export function failure(ended: unknown): DeployError {
  assert.ok(ended instanceof DeployError, 'it went well, or is a bug')
  return ended
}
