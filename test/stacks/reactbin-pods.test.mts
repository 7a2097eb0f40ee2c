import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { containersOf, templateOf } from '../../lib/kube/containers.mts'
import { objectsOf, reactbinWith, VARIANTS } from './rendered.mts'
import { restrictedFaults } from './restricted.mts'

const desired = reactbinWith({ own: { domain: 'bin.acme.dev' } })

suite('reactbin rules over all pods', () => {
  const pods = VARIANTS.flatMap(objectsOf).flatMap((object) => {
    const spec = templateOf(object)?.spec
    return spec === undefined ? [] : [{ name: `${object.kind}/${object.metadata.name}`, spec }]
  })

  test('RB-16 Pod Security restricted admits every pod', () => {
    assert.equal(pods.length, 4 * 4 + 2)
    for (const { name, spec } of pods) assert.deepEqual(restrictedFaults(spec), [], name)
  })

  test('RB-16 no pod gets a token of the API', () => {
    for (const { name, spec } of pods) assert.equal(spec.automountServiceAccountToken, false, name)
  })

  test('RB-29 no image is latest or without a tag', () => {
    for (const { spec } of pods)
      for (const { image } of containersOf(spec)) assert.match(image ?? '', /:(?!latest)[\w.-]+$/)
  })

  test('LF-06 every container asks for CPU and memory', () => {
    for (const { name, spec } of pods)
      for (const { resources } of containersOf(spec))
        assert.deepEqual(Object.keys(resources?.requests ?? {}), ['cpu', 'memory'], name)
  })

  test('a dead container leaves its last lines in the status of its pod', () => {
    for (const { spec } of pods)
      for (const { terminationMessagePolicy } of containersOf(spec))
        assert.equal(terminationMessagePolicy, 'FallbackToLogsOnError')
  })

  test('LF-08 pods older than the data they read are looked for', () => {
    const fresh = desired.proofs.flatMap((proof) =>
      proof.kind === 'fresh' ? [`${proof.workload.kind}/${proof.workload.name}`] : [],
    )
    assert.deepEqual(fresh, ['Deployment/api', 'StatefulSet/minio'])
  })
})
