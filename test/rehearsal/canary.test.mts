import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { inOwnFolder } from '../deploy/folder.mts'
import type { DeployError } from '../../lib/error.mts'
import type { Secret } from '../../lib/kube/schema/types.mts'
import { whereMatches } from '../../lib/rehearsal/faults.mts'
import type { Faults } from '../../lib/rehearsal/faults.mts'
import type { Cue, Part } from '../../lib/rehearsal/stage/script.mts'
import { component, stack } from '../../lib/stacks/stack.mts'
import { configMapsIn } from './kept.mts'
import { shopStage } from './shop.mts'
import { stall } from './stall.mts'
import { openTrial } from './trial.mts'
import type { Trial } from './trial.mts'

// Characters that every encoding writes in another way.
const CANARY = 'c4nary "of/the+mine" é&%\\sings'
const DOTENV = 'c4nary-in-the-dotenv:%/+'

const forms = (value: string): string[] => {
  const base64 = Buffer.from(value).toString('base64')
  return [
    value,
    base64,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(JSON.stringify(value)).slice(3, -3),
  ]
}
const FORMS = [CANARY, DOTENV].flatMap(forms)

const keys: Secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys' },
  data: { PASSWORD: Buffer.from(CANARY).toString('base64') },
}

/** The stall, whose API reads a Secret of its own. */
const canaries = stack({
  ...stall,
  components: (context) =>
    stall
      .components(context)
      .flatMap(({ name, objects }) => [
        component('keys', [keys]),
        component(name, objects.map(readingKeys), { needs: ['keys'] }),
      ]),
})

function readingKeys<T extends { kind: string }>(object: T): T {
  if (object.kind !== 'Deployment') return object
  const copy = structuredClone(object) as T & { spec: { template: { spec: Record<string, object[]> } } }
  for (const list of ['containers', 'initContainers'])
    for (const container of copy.spec.template.spec[list] ?? [])
      Object.assign(container, { envFrom: [{ secretRef: { name: 'keys' } }] })
  return copy
}

/** A migration that tells everybody what it was given, in every form, and fails. */
function leaking({ env }: Cue) {
  const log = forms(env['PASSWORD'] ?? '').map((line) => ({ after: 200, line: `connecting with ${line}` }))
  return { log, exit: { after: 300, code: 1 } }
}

const LEAKING: Part = { container: /^alembic-migrate$/, image: /:leaks$/, plays: leaking }

function open(): Promise<Trial> {
  const { parts = [] } = shopStage()
  const dotenv = `SOMEBODYS_PASSWORD='${DOTENV}'\n`
  return openTrial({ stack: canaries, stage: { parts: [LEAKING, ...parts] }, files: { '.env': dotenv } })
}

/** Runs it, and looks for the canary in everything that anybody could read afterwards. */
async function listen(trial: Trial, tag: string, code: string | undefined): Promise<void> {
  const { error, output } = await trial.run('deploy', ['--tag', `api=${tag}`, '--within', '20', '--verbose'])
  assert.equal(error?.code, code, output)
  const bundles = readdirSync('.', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFileSync(name, 'utf8'))
  const told = { output, error: printed(error), records: configMapsIn(trial), bundles: bundles.join('\n') }
  for (const [where, text] of Object.entries(told))
    for (const form of FORMS) assert.ok(!text.includes(form), `${where} holds ${form}: ${text}`)
}

/** The words of a failure, as anybody who catches it has them. */
function printed(error: DeployError | undefined): string {
  return error === undefined ? '' : [error.message, ...error.evidence, error.next].join('\n')
}

suite('a secret is in no byte that leaves', () => {
  inOwnFolder()

  test('of a deploy that goes well, nor of its record', async () => {
    await using trial = await open()
    await listen(trial, 'one', undefined)
  })

  test('of a migration that prints it and fails, nor of the evidence', async () => {
    await using trial = await open()
    await listen(trial, 'leaks', 'migration-failed')
    await listen(trial, 'one', undefined)
  })

  const quoting = (status: number): Faults =>
    whereMatches(/^PATCH .*secrets\/keys.*Strict$/, {
      do: 'refuse',
      status,
      reason: status === 422 ? 'Invalid' : 'InternalError',
      message: `Secret "keys" is invalid: data: Invalid value: "${CANARY}", got ${Buffer.from(CANARY).toString('base64')}`,
    })

  for (const [status, code] of [
    [422, 'invalid'],
    [500, 'server-error'],
  ] as const)
    test(`of a refusal that quotes it (${status})`, async () => {
      await using trial = await open()
      trial.server.setFaults(quoting(status))
      await listen(trial, 'one', code)
    })

  test('of a failure whose log comes as garbage', async () => {
    await using trial = await open()
    trial.server.setFaults(whereMatches(/\/log\?/, { do: 'garbage' }))
    await listen(trial, 'leaks', 'migration-failed')
  })
})
