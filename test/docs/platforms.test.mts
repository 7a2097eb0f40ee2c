import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import type { Settings } from '../../lib/settings/settings.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import { render } from '../../lib/stacks/render.mts'
import { settingsOf } from '../cli/world.mts'
import { objectsOf } from '../stacks/rendered.mts'
import { shownIn } from './commands.mts'
import { blocksOf, PAGES, type Page } from './pages.mts'

const GUIDES = PAGES.filter(({ path }) => path.startsWith('docs/platforms/'))

/** What a platform's guide promises of the objects: the class of every volume and of the Ingress. */
const CLASSES: Readonly<Record<string, { storage?: string; ingress: string }>> = {
  eks: { storage: 'gp3', ingress: 'alb' },
  gke: { storage: 'standard-rwo', ingress: 'gce' },
  aks: { storage: 'managed-csi', ingress: 'azure-application-gateway' },
  k3s: { storage: 'local-path', ingress: 'traefik' },
  kubeadm: { storage: 'longhorn', ingress: 'traefik' },
  minikube: { storage: 'standard', ingress: 'nginx' },
  microk8s: { storage: 'microk8s-hostpath', ingress: 'public' },
}

/** A guide's blocks of YAML that are values files, by name; the others are objects of Kubernetes. */
function valuesOf(page: Page): Record<string, string> {
  const named = blocksOf(page, 'yaml').filter(({ body }) => !body.includes('apiVersion:'))
  return Object.fromEntries(named.map(({ name, body }) => [name, body]))
}

function rendered({ stack, environment, tags, common, own, namespace }: Settings): KubeObject[] {
  return objectsOf(render(stack, { environment, tags, common, own, namespace }))
}

/** The settings of every deploy that a guide shows; a variable's own value does not matter here. */
async function deploysOf(page: Page): Promise<Settings[]> {
  const shown = shownIn(page).filter(({ script, args }) => script === 'deploy.mts' && args.includes('--stack'))
  const files = { ...valuesOf(page), 'ca.crt': 'read when it is needed' }
  return Promise.all(shown.map(({ args }) => settingsOf(args, { files })))
}

suite('docs/platforms', () => {
  for (const page of GUIDES) {
    test(`PB-10 ${page.path} shows deploys that render`, async () => {
      const deploys = await deploysOf(page)
      assert.ok(deploys.length > 1, 'a guide without a deploy is none')
      for (const deploy of deploys) assert.ok(rendered(deploy).length > 20)
    })

    test(`PB-10 ${page.path} has values files that all render`, async () => {
      for (const [name, text] of Object.entries(valuesOf(page))) {
        const more = ['--set', 'domain=pybase.acme.dev']
        const own: { platform?: string; domain?: string } = parse(text)
        const args = ['--stack', 'pybase', '--tag', '1.4.2', '-f', name, ...(own.domain === undefined ? more : [])]
        const objects = rendered(await settingsOf(args, { files: { [name]: text } }))
        const promised = CLASSES[own.platform ?? '']
        if (promised !== undefined) assertClasses(objects, promised)
      }
    })

    test(`PB-10 ${page.path} has blocks that are YAML`, () => {
      for (const { body } of blocksOf(page, 'yaml'))
        for (const document of parseAllDocuments(body)) assert.deepEqual(document.errors, [])
    })
  }
})

function assertClasses(objects: readonly KubeObject[], promised: { storage?: string; ingress: string }): void {
  const text = JSON.stringify(objects)
  const storage = [...text.matchAll(/"storageClassName":"([^"]+)"/g)].map(([, name]) => name)
  assert.deepEqual(new Set(storage), new Set(storage.length === 0 || !promised.storage ? [] : [promised.storage]))
  const classes = [...text.matchAll(/"(?:ingressClassName|kubernetes\.io\/ingress\.class)":"([^"]+)"/g)]
  assert.deepEqual([...new Set(classes.map(([, name]) => name))], [promised.ingress])
}
