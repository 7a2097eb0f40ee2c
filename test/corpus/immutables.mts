import { isImmutable, isInvalid } from '../../lib/kube/status.mts'
import {
  claim,
  configMap,
  deployment,
  job,
  podTemplate,
  roleBinding,
  secret,
  service,
  statefulSet,
} from './manifests.mts'
import { apply, named } from './row.mts'
import type { Manifest, Row } from './row.mts'

/** Fields that never change: each kind words it in its own way. */
export const immutableRows: readonly Row[] = [
  ...fixed([
    ['the template of a Job', job(['true']), job(['false'])],
    ['the completions of a Job', job(['true'], { completions: 1 }), job(['true'], { completions: 2 })],
    ['the selector of a Deployment', deployment(), reselected()],
    ['the volumeClaimTemplates of a StatefulSet', statefulSet('1Gi'), statefulSet('2Gi')],
    ['the serviceName of a StatefulSet', statefulSet(), statefulSet('1Gi', { serviceName: 'other' })],
    ['the address of a Service', service({ clusterIP: 'None' }), service({ clusterIP: '10.97.1.99' })],
    [
      'the data of an immutable ConfigMap',
      { ...configMap(), immutable: true },
      { ...configMap({ a: '2' }), immutable: true },
    ],
    [
      'the data of an immutable Secret',
      secret(undefined, { immutable: true }),
      secret({ KEY: 'YQ==' }, { immutable: true }),
    ],
    ['the type of a Secret', secret(), secret(undefined, { type: 'landfall.test/other' })],
    ['the role of a RoleBinding', roleBinding('reader'), roleBinding('writer')],
    ['the storage class of a claim', claim(), reclassed()],
  ]),
  {
    name: 'a claim that is not bound cannot grow',
    before: [apply(claim('1Gi'))],
    act: apply(claim('2Gi')),
    expect: { refused: 'immutable', is: isImmutable },
  },
  {
    name: 'a refused Job change does not print the whole template',
    before: [apply(job(['true']))],
    act: apply(job(['false'])),
    expect: { refused: 'immutable', is: (error) => error instanceof Error && error.message.length < 800 },
  },
  {
    name: 'Recreate over a defaulted rollingUpdate is refused',
    before: [apply(deployment())],
    act: apply(deployment({ spec: { strategy: { type: 'Recreate' } } })),
    expect: { refused: 'invalid', says: /rollingUpdate/, is: isInvalid },
  },
  {
    name: 'Recreate over a defaulted rollingUpdate is refused even with rollingUpdate: null',
    before: [apply(deployment())],
    act: apply(deployment({ spec: { strategy: { type: 'Recreate', rollingUpdate: null } } })),
    expect: { refused: 'invalid', says: /rollingUpdate/ },
  },
  {
    name: 'Recreate passes once a merge patch took rollingUpdate away',
    before: [
      apply(deployment()),
      {
        verb: 'merge',
        ref: named(deployment()),
        patch: { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } },
      },
    ],
    act: apply(deployment({ spec: { strategy: { type: 'Recreate' } } })),
    expect: { gives: { 'spec.strategy': { type: 'Recreate' } } },
  },
]

function fixed(rows: readonly (readonly [string, Manifest, Manifest])[]): Row[] {
  return rows.map(([what, from, to]) => ({
    name: `${what} cannot change`,
    before: [apply(from)],
    act: apply(to),
    expect: { refused: 'immutable', is: isImmutable },
  }))
}

function reselected(): Manifest {
  const template = podTemplate()
  const labels = { app: 'web', tier: 'front' }
  return deployment({ spec: { selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } } })
}

function reclassed(): Manifest {
  const found = claim()
  return { ...found, spec: { ...(found['spec'] as object), storageClassName: 'other' } }
}
