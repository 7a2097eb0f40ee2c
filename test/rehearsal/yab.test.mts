import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '../../lib/kube/object.mts'
import type { Deployment } from '../../lib/kube/schema/types.mts'
import { yabStaging } from '../../lib/rehearsal/stage/yab.mts'
import yab from '../../lib/stacks/yab.mts'
import { SEALED_FILE } from '../stacks/yab.mts'
import { openTrial, type Ended, type Trial } from './trial.mts'

const DOMAIN = 'yab.localhost'
const [GOOD, NEWER, BROKEN] = ['sha-4f1c2ab', 'sha-8d03e57', 'sha-b61e9c4'] as const

interface Given {
  absent?: readonly string[]
  files?: Readonly<Record<string, string>>
}

/** A cluster whose Vault knows yab. */
function opened(given: Given = {}): Promise<Trial> {
  const { parts = [], vault = {} } = yabStaging({
    settings: yab.settings.parse({ domain: DOMAIN }),
    namespace: 'apps',
    secret: (purpose) => `made-up-${purpose}`,
  })
  return openTrial({ stack: yab, stage: { parts, vault: { data: vault } }, site: true, ...given })
}

function args(environment: string, tag: string, ...more: readonly string[]): string[] {
  return ['--env', environment, '--tag', tag, '--set', `domain=${DOMAIN}`, ...more]
}

function refused({ error, output }: Ended, code: string, says: RegExp): void {
  assert.equal(error?.code, code, output)
  assert.match(output, says)
}

function proven({ error, output }: Ended): string {
  assert.equal(error, undefined, output)
  return output
}

function versionsOf({ store }: Trial): string[] {
  return store
    .list<Deployment>({ apiVersion: 'apps/v1', kind: 'Deployment' }, 'apps')
    .map(({ metadata }) => `${metadata.name} ${metadata.labels?.['app.kubernetes.io/version']}`)
    .sort()
}

function countOf({ store }: Trial, kind: Pick<KubeObject, 'apiVersion' | 'kind'>): number {
  return store.list(kind).length
}

describe('yab in rehearsal', { concurrency: 2 }, () => {
  test('YB-01 YB-06 production: proven, again without a write, one component alone, a failed migration, and back', async () => {
    await using trial = await opened()
    assert.match(proven(await trial.run('deploy', args('production', NEWER))), /migrations +completed/)
    assert.match(proven(await trial.run('deploy', args('production', NEWER))), / 0 writes/)
    proven(await trial.run('deploy', args('production', NEWER, '--tag', `admin=${GOOD}`)))
    const served = [`yab-admin ${GOOD}`, `yab-api ${NEWER}`, `yab-web ${NEWER}`]
    assert.deepEqual(versionsOf(trial), served)
    refused(
      await trial.run('deploy', args('production', BROKEN)),
      'migration-failed',
      /column "country" does not exist/,
    )
    assert.deepEqual(versionsOf(trial), served, 'no new page meets the old API')
    const back = await trial.run('rollback', ['--env', 'production', '--set', `domain=${DOMAIN}`])
    assert.match(proven(back), /release 3 proven/)
    assert.deepEqual(versionsOf(trial), served)
  })

  test('YB-16 YB-21 at home a variable that is not set is named before anything is written', async () => {
    await using trial = await opened({ files: { '.env': 'YAB_API_DATABASE_URL=postgresql://a:b@c/d\n' } })
    refused(await trial.run('deploy', args('local', GOOD)), 'secret-missing', /YAB_API_REDIS_URL/)
    assert.equal(trial.store.get({ apiVersion: 'v1', kind: 'Namespace', name: 'apps' }), undefined)
  })

  test('YB-21 a Secret that nobody made is named before anything is written, not by pods that crash', async () => {
    await using trial = await opened()
    const existing = await trial.run('deploy', args('production', GOOD, '--set', 'secrets=existing'))
    refused(existing, 'secret-missing', /Secret api-env is not in namespace apps/)
    assert.equal(trial.store.get({ apiVersion: 'v1', kind: 'Namespace', name: 'apps' }), undefined)
  })

  test('YB-01 YB-10 YB-16 staging: no admin, monitoring, a SealedSecret whose Secret the pods wait for', async () => {
    await using trial = await opened({ files: { 'api-env.yaml': SEALED_FILE['sealed/api-env.yaml'] } })
    const said = ['admin.enabled=false', 'observability.enabled=true', 'secrets=sealed', 'sealedSecrets=api-env.yaml']
    proven(await trial.run('deploy', args('staging', GOOD, ...said.flatMap((one) => ['--set', one]))))
    assert.deepEqual(versionsOf(trial), [`yab-api ${GOOD}`, `yab-web ${GOOD}`])
    assert.equal(countOf(trial, { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret' }), 1)
    assert.equal(countOf(trial, { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor' }), 1)
    const nowhere = ['--set', 'secrets=sealed', '--set', 'sealedSecrets=nowhere.yaml']
    await assert.rejects(trial.run('deploy', args('staging', GOOD, ...nowhere)), /Cannot read nowhere\.yaml/)
  })

  test('YB-10 monitoring without its operator says who brings it, and that a setting does without', async () => {
    await using trial = await opened({ absent: ['monitoring.coreos.com'] })
    const missing = await trial.run('deploy', args('production', GOOD, '--set', 'observability.enabled=true'))
    refused(missing, 'crd-missing', /ServiceMonitor[^]*install the Prometheus operator[^]*settings that do without it/)
    assert.equal(trial.store.get({ apiVersion: 'v1', kind: 'Namespace', name: 'apps' }), undefined)
  })

  test('YB-06 YB-21 a tag that may name another build tomorrow is refused before the cluster is asked', async () => {
    await using trial = await opened()
    for (const tag of ['latest', 'edge', 'main'])
      await assert.rejects(
        trial.run('deploy', args('production', tag)).then(({ error }) => Promise.reject(error ?? new Error('taken'))),
        { code: 'bad-tag' },
      )
    assert.equal(countOf(trial, { apiVersion: 'v1', kind: 'Namespace' }), 2)
  })
})
