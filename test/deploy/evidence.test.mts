import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { land } from '../../lib/deploy/land.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import { inOwnFolder } from './folder.mts'
import { DESIRED, failingJobs, landed } from './landing.mts'
import { cluster, configMap, failure, job, landingOf, outcome, web } from './world.mts'

suite('evidence', () => {
  inOwnFolder()

  test('land() freezes what it saw, without secrets and without what manifests say literally', async () => {
    const fake = failingJobs(cluster())
    const spoken = structuredClone(job('bucket')) as KubeObject & {
      spec: { template: { spec: { containers: object[] } } }
    }
    const env = [
      { name: 'PASSWORD', value: 'literal-password' },
      { name: 'ALIAS', value: 'learned-password' },
    ]
    Object.assign(spoken.spec.template.spec.containers[0] ?? {}, { env })
    const { landing, redactor } = await landingOf(fake, web(spoken, configMap('config', { note: 'learned-password' })))
    redactor.learn('learned-password')
    const error = failure(await outcome(land(landing)))
    const path = /evidence: (\S+)/.exec(error.evidence.join('\n'))?.[1] ?? assert.fail('no evidence')
    const text = readFileSync(path, 'utf8')
    assert.doesNotMatch(text, /literal-password|learned-password/)
    assert.match(text, /"PASSWORD"/)
    const bundle = JSON.parse(text) as { failure: { code: string }; objects: object[] }
    assert.equal(bundle.failure.code, 'bucket-job-failed')
    assert.ok(bundle.objects.length > 0)
  })

  test('land() gives the failure although its evidence cannot be written', async () => {
    const home = process.cwd()
    process.chdir('/proc')
    try {
      const error = failure(await landed(failingJobs(cluster()), DESIRED))
      assert.equal(error.code, 'bucket-job-failed')
      assert.doesNotMatch(error.evidence.join('\n'), /evidence:/)
    } finally {
      process.chdir(home)
    }
  })
})
