import { configMap, deployment } from './manifests.mts'
import { apply, named } from './row.mts'
import type { Manifest, Row, Step } from './row.mts'

/** What others do to our objects between two applies, and what the plan makes of it. */
export const editRows: readonly Row[] = [
  ...edited([
    ['a key of its own', { data: { theirs: '1' } }, configMap(), 'unchanged'],
    ['a label of its own', { metadata: { labels: { theirs: '1' } } }, configMap(), 'unchanged'],
    ['our value and changes it', { data: { a: 'theirs' } }, configMap(), ['data.a', 'owner']],
    ['our key away', { data: { a: null } }, configMap({ a: '1', b: '2' }), ['data.a', 'owner']],
  ]),
  {
    name: 'a field that another manager also applies stays where we give it up',
    before: [apply(configMap({ a: '1', b: '2' })), apply(configMap({ b: '2' }), { manager: 'helm' })],
    act: apply(configMap({ a: '1' })),
    expect: { plan: ['owner'] },
  },
  {
    name: 'the same value under another manager makes us a second owner',
    before: [apply(configMap({ a: '1' }), { manager: 'helm' })],
    act: apply(configMap({ a: '1' })),
    expect: { plan: ['owner'] },
  },
  {
    name: 'an emptyDir whose size is set by another keeps it',
    before: [apply(scratch({})), apply(scratch({ sizeLimit: '1Gi' }), { manager: 'helm' })],
    act: apply(scratch({})),
    expect: { plan: 'unchanged' },
  },
  {
    name: 'a scale by hand is put back',
    before: [apply(deployment()), { verb: 'merge', ref: named(deployment()), patch: { spec: { replicas: 4 } } }],
    act: apply(deployment(), { force: true }),
    expect: { plan: ['owner', 'spec.replicas'] },
  },
  {
    name: 'a restart by kubectl is left alone: its annotation is not ours',
    before: [apply(deployment()), restarted()],
    act: apply(deployment()),
    expect: { plan: 'unchanged' },
  },
  {
    name: 'a PUT that only reorders env is seen',
    before: [apply(deployment({ container: { env: [env('A'), env('B')] } })), reorderedByHand()],
    act: apply(deployment({ container: { env: [env('A'), env('B')] } })),
    expect: { plan: [`${container()}.env`] },
  },
  {
    name: 'an object that is being deleted is not what it was',
    before: [
      apply(configMap({ a: '1' }, { finalizers: ['landfall.test/hold'] })),
      { verb: 'remove', ref: named(configMap()) },
    ],
    act: apply(configMap({ a: '2' }, { finalizers: ['landfall.test/hold'] })),
    expect: { plan: ['data.a'] },
    after: [{ verb: 'merge', ref: named(configMap()), patch: { metadata: { finalizers: null } } }],
  },
  {
    name: 'Pod Security only warns about a Deployment',
    before: [apply(home({ 'pod-security.kubernetes.io/warn': 'restricted' }))],
    act: apply(deployment()),
    expect: { plan: [''], warns: /would violate PodSecurity "restricted/ },
    needs: 'admission',
  },
]

function edited(
  rows: readonly (readonly [string, Record<string, unknown>, Manifest, 'unchanged' | readonly string[]])[],
): Row[] {
  return rows.map(([what, patch, object, plan]) => ({
    name: `somebody edits ${what}`,
    before: [apply(object), { verb: 'merge', ref: named(object), patch }],
    act: apply(object, { force: true }),
    expect: { plan },
  }))
}

function scratch(emptyDir: Record<string, unknown>): Manifest {
  return deployment({ pod: { volumes: [{ name: 'tmp', emptyDir }] } })
}

function restarted(): Step {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-11-21T10:00:00Z' }
  return { verb: 'merge', ref: named(deployment()), patch: { spec: { template: { metadata: { annotations } } } } }
}

function reorderedByHand(): Step {
  const { spec } = deployment({ container: { env: [env('B'), env('A')] } })
  return { verb: 'replace', ref: named(deployment()), with: { spec } }
}

function home(labels: Record<string, string>): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'NAMESPACE', labels } }
}

function container(): string {
  return 'spec.template.spec.containers[web]'
}

function env(name: string): Record<string, unknown> {
  return { name, value: name.toLowerCase() }
}
