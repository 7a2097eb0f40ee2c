import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { DeployError, type Code } from '../../lib/error.mts'
import type { Job } from '../../lib/kube/schema/types.mts'
import { commonSettings } from '../../lib/stacks/common.mts'
import { patch } from '../../lib/stacks/patch.mts'
import { render } from '../../lib/stacks/render.mts'
import { component, stack } from '../../lib/stacks/stack.mts'
import { find, noCommon, objectsOf, reactbinWith } from './rendered.mts'
import { configMap, hello, renderHello, renderToy } from './toy.mts'

function refused(code: Code, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof DeployError)
    assert.equal(error.code, code)
    assert.match(`${error.message} → ${error.next}`, words)
    return true
  }
}

const job: Job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'once' },
  spec: { template: { spec: { containers: [{ name: 'once', image: 'x:1' }], restartPolicy: 'Never' } } },
}

suite('render()', () => {
  test('render() puts the home namespace first and what names no namespace into it', () => {
    const desired = renderToy(component('a', [configMap('here'), configMap('there', 'other')]))
    assert.deepEqual(
      objectsOf(desired).map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name]),
      [
        ['Namespace', undefined, 'toy'],
        ['ConfigMap', 'toy', 'here'],
        ['ConfigMap', 'other', 'there'],
      ],
    )
    assert.deepEqual(
      desired.components.map(({ needs }) => needs),
      [[], ['namespace']],
    )
  })

  test("render() keeps a stack's own namespace component, with the home one first in it", () => {
    const other = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other', annotations: { a: 'b' } } }
    const desired = renderToy(component('x', configMap('x')), component('namespace', [other]))
    assert.deepEqual(
      desired.components.map(({ name }) => name),
      ['namespace', 'x'],
    )
    assert.deepEqual(
      desired.components[0]?.objects.map(({ metadata }) => metadata.name),
      ['toy', 'other'],
    )
  })

  test('render() leaves out a component without objects and the needs of it', () => {
    const desired = renderToy(component('none', []), component('some', configMap('x'), { needs: ['none'] }))
    assert.deepEqual(
      desired.components.map(({ name, needs }) => [name, needs]),
      [
        ['namespace', []],
        ['some', ['namespace']],
      ],
    )
  })

  test('render() completes the references of proofs: the namespace, and the name a Job got', () => {
    const definition = stack({
      name: 'toy',
      images: {},
      settings: z.unknown(),
      components: () => [component('once', job)],
      proofs: () => [{ kind: 'job-done', name: 'once', job: { apiVersion: 'batch/v1', kind: 'Job', name: 'once' } }],
    })
    const desired = render(definition, {
      environment: 'production',
      namespace: 'n',
      tags: {},
      common: noCommon(),
      own: undefined,
    })
    const { name } = find(desired, `Job/once`).metadata
    assert.match(name, /^once-[0-9a-f]{8}$/)
    assert.deepEqual(desired.proofs, [
      { kind: 'job-done', name: 'once', job: { apiVersion: 'batch/v1', kind: 'Job', namespace: 'n', name } },
    ])
  })

  test('render() does not change what the stack gave it', () => {
    const before = structuredClone(job)
    renderToy(component('once', job))
    assert.deepEqual(job, before)
  })

  test('render() says broken-stack and the line where a stack throws', () => {
    const definition = stack({
      name: 'toy',
      images: {},
      settings: z.unknown(),
      components: () => {
        throw new TypeError('no such thing')
      },
      proofs: () => [],
    })
    const input = { environment: 'production', tags: {}, common: noCommon(), own: undefined }
    assert.throws(
      () => render(definition, input),
      refused('broken-stack', /TypeError: no such thing \(.*render\.test\.mts:\d+\)/),
    )
  })

  test('render() refuses an image setting that the stack does not have, with the one that was meant', () => {
    const common = commonSettings.parse({ images: { wep: { repository: 'x' } } })
    assert.throws(() => renderHello({ common }), refused('unknown-setting', /images\.wep.*images\.web/s))
  })

  test('render() refuses resources of a container that is not there, with the one that was meant', () => {
    const common = commonSettings.parse({ resources: { wev: {} } })
    assert.throws(() => renderHello({ common }), refused('unknown-setting', /resources\.wev.*resources\.web/s))
  })

  test('render() refuses an image without a tag, latest, and a tag that the stack does not take', () => {
    assert.throws(() => renderHello({ tags: {} }), refused('bad-tag', /image web has no tag/))
    assert.throws(() => renderHello({ tags: { web: 'latest' } }), refused('bad-tag', /latest/))
    const picky = stack({ ...hello, tagRule: (tag) => (tag.startsWith('sha-') ? undefined : 'it is not sha-<hex>') })
    const input = { environment: 'production', common: noCommon(), own: hello.settings.parse({}) }
    assert.throws(() => render(picky, { ...input, tags: { web: 'main' } }), refused('bad-tag', /"main".*sha-<hex>/))
    assert.equal(render(picky, { ...input, tags: { web: 'sha-1f' } }).tags['web'], 'sha-1f')
  })

  test('render() refuses an image that the stack does not declare', () => {
    const wrong = stack({ ...hello, components: ({ image }) => [component('x', configMap(image('wbe')))] })
    const input = { environment: 'production', tags: { web: 'abc' }, common: noCommon(), own: hello.settings.parse({}) }
    assert.throws(() => render(wrong, input), refused('broken-stack', /"wbe".*web/))
  })

  test('a stuck Deployment says so before the time is up', () => {
    assert.equal(find(renderHello(), 'Deployment/web').spec?.progressDeadlineSeconds, 110)
    const slow = { ...hello, slo: 60_000 }
    const input = { environment: 'production', tags: { web: 'abc' }, common: noCommon(), own: hello.settings.parse({}) }
    assert.equal(find(render(slow, input), 'Deployment/web').spec?.progressDeadlineSeconds, 50)
    const own = (progressDeadlineSeconds: number) =>
      stack({
        ...hello,
        components: (context) => [
          component(
            'web',
            patch(hello.components(context)[0]?.objects ?? [], 'Deployment/web', { spec: { progressDeadlineSeconds } }),
          ),
        ],
      })
    assert.equal(find(render(own(600), input), 'Deployment/web').spec?.progressDeadlineSeconds, 110)
    assert.equal(find(render(own(30), input), 'Deployment/web').spec?.progressDeadlineSeconds, 30)
  })
})

suite('common settings', () => {
  const pods = (common: Parameters<typeof reactbinWith>[0]) => {
    const desired = reactbinWith(common)
    return [
      find(desired, 'Deployment/api'),
      find(desired, 'Deployment/ui'),
      find(desired, 'StatefulSet/minio'),
      find(desired, 'Job/minio-init-bucket'),
    ].map(({ spec }) => spec?.template.spec)
  }

  test('LF-06 pull secrets and placement go to every pod', () => {
    const placement = {
      nodeSelector: { 'kubernetes.io/arch': 'amd64' },
      tolerations: [{ key: 'dedicated', operator: 'Exists' as const }],
      affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    }
    for (const pod of pods({ common: { imagePullSecrets: ['regcred'], placement } })) {
      assert.deepEqual(pod?.imagePullSecrets, [{ name: 'regcred' }])
      assert.deepEqual(pod?.nodeSelector, placement.nodeSelector)
      assert.deepEqual(pod?.tolerations, placement.tolerations)
      assert.ok(pod?.affinity?.podAntiAffinity)
    }
    for (const pod of pods({}))
      assert.deepEqual(
        [pod?.imagePullSecrets, pod?.nodeSelector, pod?.tolerations, pod?.affinity],
        Array(4).fill(undefined),
      )
  })

  test("LF-06 resources go to the container of that name; what is not named stays the stack's, null takes it away", () => {
    const [api] = pods({
      common: { resources: { api: { requests: { cpu: 1, memory: null }, limits: { memory: '1Gi' } } } },
    })
    assert.deepEqual(api?.containers[0]?.resources, { requests: { cpu: '1' }, limits: { memory: '1Gi' } })
    assert.deepEqual(api?.initContainers?.[0]?.resources, { requests: { cpu: '50m', memory: '128Mi' } })
  })

  test('unknown keys and impossible values are refused, each by its path', () => {
    const rows: [unknown, string][] = [
      [{ imagePullSecret: ['x'] }, ''],
      [{ images: { api: { repo: 'x' } } }, 'images.api'],
      [{ images: { api: { repository: 'ghcr.io/acme/api:1' } } }, 'images.api.repository'],
      [{ images: { api: { digest: 'sha256:1' } } }, 'images.api.digest'],
      [{ imagePullSecrets: ['Reg Cred'] }, 'imagePullSecrets.0'],
      [{ resources: { api: { requests: { cpu: 'much' } } } }, 'resources.api.requests.cpu'],
      [{ resources: { api: { request: {} } } }, 'resources.api'],
      [{ placement: { tolerations: [{ effect: 'Never' }] } }, 'placement.tolerations.0.effect'],
      [{ podSecurity: 'strict' }, 'podSecurity'],
      [{ edge: { address: 'https://127.0.0.1' } }, 'edge.address'],
      [{ edge: { address: '127.0.0.1:99999' } }, 'edge.address'],
      [{ slo: 0 }, 'slo'],
    ]
    for (const [said, path] of rows)
      assert.deepEqual(
        commonSettings.safeParse(said).error?.issues.map(({ path }) => path.join('.')),
        [path],
        JSON.stringify(said),
      )
  })

  test('what an operator would say is taken', () => {
    const said = [
      { images: { api: { repository: 'localhost:5000/acme/api', tag: 'v1', digest: `sha256:${'0a'.repeat(32)}` } } },
      { edge: { address: '127.0.0.1:8443', httpAddress: '[::1]:8080', caFile: './ca.pem' } },
      { edge: { address: 'edge.acme.dev' } },
      { slo: 0.5 },
    ]
    for (const one of said) assert.ok(commonSettings.safeParse(one).success, JSON.stringify(one))
  })
})
