import assert from 'node:assert/strict'
import { DeployError, type Code } from '../../lib/error.mts'
import { render } from '../../lib/stacks/render.mts'
import type { Desired, Stack } from '../../lib/stacks/stack.mts'
import { manifestsOf } from '../../lib/stacks/yaml/manifest.mts'
import { stackOfManifests } from '../../lib/stacks/yaml/stack.mts'
import { noCommon } from '../stacks/rendered.mts'

/** A stack called shop of what one file holds. */
export function stackOf(text: string): Stack {
  return stackOfManifests('shop', manifestsOf([{ name: 'shop.yaml', text }]))
}

export function renderPlain(text: string, namespace?: string): Desired {
  const at = namespace === undefined ? {} : { namespace }
  return render(stackOf(text), { environment: 'production', tags: {}, common: noCommon(), own: {}, ...at })
}

/** `config: ServiceAccount a, Secret b` of each component, and what it needs behind `<`. */
export function outline({ components }: Desired): string[] {
  return components.map(({ name, objects, needs }) => {
    const held = objects.map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[0-9a-f]{8}$/, '')}`)
    const others = needs.filter((need) => need !== 'namespace')
    return `${name}: ${held.join(', ')}${others.length === 0 ? '' : ` < ${others.join(', ')}`}`
  })
}

/** The refusal as it is read: sentence and next step. Fails where nothing is refused, or under another code. */
export function refused(act: () => unknown, code: Code = 'bad-manifest'): string {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof DeployError, String(error))
    assert.equal(error.code, code)
    return `${error.message} → ${error.next}`
  }
  assert.fail('it was taken')
}

/** A Deployment with a Service in front of it, as people write them. */
export function app(name: string, pod = ''): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - {name: sidecar, image: registry.example/acme/proxy:7}
        - {name: ${name}, image: 'registry.example/acme/${name}:1.4', ports: [{containerPort: 8080}]}
${pod}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: 8080}]}
`
}

export function job(name: string, annotations = '{}'): string {
  return `
apiVersion: batch/v1
kind: Job
metadata: {name: ${name}, annotations: ${annotations}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: run, image: 'registry.example/acme/${name}:1.4'}]}}}
`
}

/** Documents one behind the other. */
export function stream(...documents: string[]): string {
  return documents.join('\n---\n')
}
