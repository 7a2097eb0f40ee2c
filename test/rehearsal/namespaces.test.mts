import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { KubeObject } from '../../lib/kube/object.mts'
import { httpApp } from '../../lib/stacks/parts/http.mts'
import { deployment, fresh } from '../../lib/stacks/parts/proofs.mts'
import { component, stack } from '../../lib/stacks/stack.mts'
import type { Stack } from '../../lib/stacks/stack.mts'
import { shopStage } from './shop.mts'
import { openTrial } from './trial.mts'
import type { Trial } from './trial.mts'

const DEPLOY = ['--tag', 'api=one']

function configMap(namespace: string, data: Record<string, unknown> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'words', namespace }, data } as KubeObject
}

function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

/** The shop's API, and beside it whatever the test puts elsewhere. */
function spread(...beside: KubeObject[]): Stack {
  return stack({
    name: 'shop',
    images: { api: 'reactbin-api' },
    settings: z.strictObject({}),
    components: ({ image }) => [
      component('api', httpApp({ name: 'api', image: image('api'), port: 8000, health: '/api/v1/health', uid: 1001 })),
      component('beside', beside),
    ],
    proofs: () => [fresh(deployment('api'))],
  })
}

const open = (...beside: KubeObject[]): Promise<Trial> => openTrial({ stack: spread(...beside), stage: shopStage() })

function namespacesIn({ store }: Trial): string[] {
  const all = store.list({ apiVersion: 'v1', kind: 'Namespace' }).map(({ metadata }) => metadata.name)
  return all.filter((name) => !/^(kube-|default$)/.test(name)).sort()
}

/** Writes in their order: method and last part of the path, the lock and reviews left out. */
function writesIn({ server }: Trial): string[] {
  return server.requests
    .filter(({ method, path }) => method !== 'GET' && !path.includes('/leases') && !path.includes('/selfsubject'))
    .map(({ path }) => `${path.includes('dryRun=All') ? 'dry ' : ''}${(path.split('?')[0] ?? '').split('/').at(-1)}`)
}

test('a deploy makes every namespace that its stack declares before anything is written into one', async () => {
  const away = ['ingress', 'observability'].flatMap((name) => [namespace(name), configMap(name)])
  await using trial = await open(...away)
  const { error, output } = await trial.run('deploy', DEPLOY)
  assert.equal(error, undefined, output)
  assert.deepEqual(namespacesIn(trial), ['ingress', 'observability', 'shop'])
  const writes = writesIn(trial)
  const first = writes.findIndex((write) => !write.startsWith('dry ') && !/^(shop|ingress|observability)$/.test(write))
  const lastDry = writes.findLastIndex((write) => write.startsWith('dry '))
  assert.ok(lastDry < first, writes.join(', '))
  const again = await trial.run('deploy', DEPLOY)
  assert.match(again.output, /nothing to change: 0 writes/)
})

test('a deploy that is refused in a namespace that it made says which ones stay, and writes nothing else', async () => {
  await using trial = await open(namespace('ingress'), configMap('ingress', { 'two words': '1' }))
  const { error, output } = await trial.run('deploy', DEPLOY)
  assert.equal(error?.code, 'invalid', output)
  assert.match(output, /namespace shop was made for this and stays, empty but for the lock/)
  assert.match(output, /namespace ingress was made for this and stays, empty$/m)
  assert.equal(
    trial.store.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'api' }),
    undefined,
  )
})

test('a deploy into a namespace that is neither there nor declared is refused before anything is written', async () => {
  await using trial = await open(configMap('elsewhere'))
  const { error, output } = await trial.run('deploy', DEPLOY)
  assert.equal(error?.code, 'namespace-missing', output)
  assert.match(error?.next ?? '', /kubectl create namespace elsewhere, or declare it in the stack/)
  assert.deepEqual(namespacesIn(trial), [])
})
