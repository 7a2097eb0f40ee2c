import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, suite, test } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { DeployError } from '../../lib/error.mts'
import { keyOf, refOf } from '../../lib/kube/object.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import { defaultInput, environmentsOf } from '../../lib/stacks/defaults.mts'
import { kustomizeFiles } from '../../lib/stacks/kustomize.mts'
import { httpApp } from '../../lib/stacks/parts/http.mts'
import { site } from '../../lib/stacks/parts/site.mts'
import { render } from '../../lib/stacks/render.mts'
import { component, stack } from '../../lib/stacks/stack.mts'
import { readFiles, writeFiles } from '../../lib/stacks/write.mts'

const folder = mkdtempSync(join(tmpdir(), 'landfall-handover-'))
after(() => rmSync(folder, { recursive: true }))

/** Two environments in namespaces of their own, one in the same as another, with more replicas and without a site. */
const shop = stack({
  name: 'shop',
  images: { web: 'ghcr.io/acme/web:1.4.2' },
  settings: z.strictObject({
    domain: z.string().default(''),
    replicas: z.number().default(1),
    yes: z.string().default('no'),
  }),
  environments: {
    local: {},
    staging: { domain: 'staging.acme.dev', yes: '0400' },
    production: { domain: 'acme.dev', replicas: 3, podSecurity: 'restricted' },
  },
  components: ({ settings, image }) => [
    component('config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'config' },
      data: { on: settings.yes, off: 'null', number: '1e5' },
    } as KubeObject),
    component(
      'web',
      httpApp({ name: 'web', image: image('web'), port: 8080, health: '/', uid: 1000, replicas: settings.replicas }),
    ),
    component('edge', settings.domain === '' ? [] : edge(settings.domain)),
  ],
  proofs: () => [],
})

function edge(host: string) {
  const routes = [{ path: '/', service: 'web', port: 8080 }]
  return site({ name: 'shop', host, className: 'nginx', tls: { secretName: 'tls' }, routes })
}

function variants(namespaces: Readonly<Record<string, string>> = {}) {
  return environmentsOf(shop).map((environment) => {
    const namespace = namespaces[environment]
    const input = { ...defaultInput(shop, environment), ...(namespace === undefined ? {} : { namespace }) }
    return { environment, desired: render(shop, input) }
  })
}

function byKey(objects: readonly KubeObject[]): Map<string, KubeObject> {
  return new Map(
    objects.map((object) => [keyOf(refOf(object)), object] as const).sort(([one], [two]) => (one < two ? -1 : 1)),
  )
}

/** What a Kustomization gathers; the one transformer that is used adds a label that is there already. */
function gathered(files: ReadonlyMap<string, string>, at: string): KubeObject[] {
  const { resources } = parse(files.get(join(at, 'kustomization.yaml')) ?? '') as { resources: string[] }
  return resources.flatMap((one) => {
    const text = files.get(join(at, one))
    return text === undefined ? gathered(files, join(at, one)) : [parse(text, { version: '1.1' }) as KubeObject]
  })
}

// Where the host cluster has been built, its kubectl is the judge as well.
const [KUBECTL] = globSync(join(homedir(), '.cache/landfall/host/bin/kubernetes-*/kubectl'))

suite('kustomizeFiles()', () => {
  for (const [what, namespaces] of [
    ['of one namespace', {}],
    ['of namespaces of their own, which have nothing in common', { local: 'one', staging: 'two', production: 'three' }],
  ] as const)
    test(`kustomizeFiles() gives each overlay exactly what its environment renders to, ${what}`, async () => {
      const all = variants(namespaces)
      const directory = mkdtempSync(join(folder, 'tree-'))
      const files = kustomizeFiles(all, directory)
      await writeFiles(directory, files)
      for (const { environment, desired } of all) {
        const wanted = byKey(desired.components.flatMap(({ objects }) => objects))
        assert.deepEqual(byKey(gathered(files, `overlays/${environment}`)), wanted)
        if (KUBECTL === undefined) continue
        const built = execFileSync(KUBECTL, ['kustomize', join(directory, 'overlays', environment)], {
          encoding: 'utf8',
        })
        const objects = built.split(/^---$/m).map((text) => parse(text, { version: '1.1' }) as KubeObject)
        assert.deepEqual(byKey(objects), wanted)
      }
    })

  test('kustomizeFiles() keeps what all environments share in the base, and nothing else', () => {
    const files = [...kustomizeFiles(variants(), 'deploy').keys()].sort()
    const of = (start: string): string[] =>
      files.filter((file) => file.startsWith(start)).map((file) => file.slice(start.length))
    assert.deepEqual(of('base/'), ['02-web-service.yaml', 'kustomization.yaml'])
    assert.deepEqual(of('overlays/local/'), [
      '00-namespace-shop.yaml',
      '01-config-configmap.yaml',
      '02-web-deployment.yaml',
      'kustomization.yaml',
    ])
    assert.ok(of('overlays/production/').includes('03-edge-ingress-shop.yaml'))
    assert.deepEqual(of('argocd/'), ['local.yaml', 'production.yaml', 'staging.yaml'])
  })

  test('kustomizeFiles() puts labels on no selector, and transforms no namespace', () => {
    for (const [name, text] of kustomizeFiles(variants(), 'deploy')) {
      if (!name.endsWith('kustomization.yaml')) continue
      const { labels = [], ...rest } = parse(text) as { labels?: { includeSelectors: boolean }[] }
      assert.ok(labels.every(({ includeSelectors }) => !includeSelectors))
      assert.ok(
        Object.keys(rest).every((key) => ['apiVersion', 'kind', 'sortOptions', 'resources'].includes(key)),
        name,
      )
    }
  })

  test('an Application of Argo CD leads to the overlay and the namespace of its environment', () => {
    const text = kustomizeFiles(variants(), '/tmp/there/deploy').get('argocd/staging.yaml') ?? ''
    const { spec } = parse(text) as { spec: { source: { path: string }; destination: { namespace: string } } }
    assert.equal(spec.source.path, 'deploy/overlays/staging')
    assert.equal(spec.destination.namespace, 'shop')
  })
})

suite('writeFiles() where something is already', () => {
  const wanted = kustomizeFiles(variants(), 'deploy')

  test('writeFiles() makes a tree, does nothing the second time, and takes away what a plain rendering left', async () => {
    const directory = mkdtempSync(join(folder, 'again-'))
    const plain = new Map([['00-old.yaml', wanted.get('base/02-web-service.yaml') ?? '']])
    await writeFiles(directory, plain)
    const drift = await writeFiles(directory, wanted)
    assert.deepEqual(
      drift.filter(({ how }) => how === 'surplus').map(({ file }) => file),
      ['00-old.yaml'],
    )
    assert.deepEqual(await writeFiles(directory, wanted), [])
    assert.deepEqual(await readFiles(directory, wanted), wanted)
  })

  for (const [what, put] of [
    ["somebody's file of that name", (path: string) => writeFileSync(path, 'resources: []\n')],
    ['garbage', (path: string) => writeFileSync(path, Buffer.from([0, 255, 254, 10]))],
    ['a directory of that name', (path: string) => mkdirSync(path)],
    [
      'a link to a file elsewhere',
      (path: string) => {
        const elsewhere = join(mkdtempSync(join(folder, 'else-')), 'kept.yaml')
        writeFileSync(elsewhere, 'mine: true\n')
        symlinkSync(elsewhere, path)
      },
    ],
  ] as const)
    test(`writeFiles() refuses ${what}, and names it`, async () => {
      const directory = mkdtempSync(join(folder, 'foreign-'))
      const path = join(directory, 'base/kustomization.yaml')
      mkdirSync(dirname(path))
      put(path)
      const error = await writeFiles(directory, wanted).catch((thrown: unknown) => thrown)
      assert.ok(error instanceof DeployError, String(error))
      assert.equal(error.code, 'usage')
      assert.ok(error.message.includes(path), error.message)
    })

  test('writeFiles() leaves other files alone', async () => {
    const directory = mkdtempSync(join(folder, 'other-'))
    const path = join(directory, 'notes.yaml')
    writeFileSync(path, 'mine: true\n')
    await writeFiles(directory, wanted)
    assert.equal(readFileSync(path, 'utf8'), 'mine: true\n')
  })

  test('writeFiles() refuses a file in place of the directory', async () => {
    const path = join(folder, 'file')
    writeFileSync(path, '')
    const error = await writeFiles(path, wanted).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof DeployError && error.code === 'usage', String(error))
  })
})
