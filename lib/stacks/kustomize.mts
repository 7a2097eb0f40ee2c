import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { keyOf, refOf } from '../kube/object.mts'
import type { KubeObject } from '../kube/object.mts'
import { STACK_LABEL } from '../marks.mts'
import { commented, filesOf, MADE } from './files.mts'
import type { Desired } from './stack.mts'

/** One environment of a stack, rendered. */
export interface Variant {
  environment: string
  desired: Desired
}

/**
 * A stack's environments as a Kustomize tree: `base` holds what is the same in every one, `overlays/<environment>` the
 * rest, whole. No patches and no namespace transformer, so that `kubectl kustomize overlays/X` is exactly what X renders
 * to. With more than the files of Kustomize: `argocd/<environment>.yaml`, an Application to start from.
 */
export function kustomizeFiles(variants: readonly Variant[], directory: string): Map<string, string> {
  const [first] = variants
  if (first === undefined) return new Map()
  const { stack } = first.desired
  const isCommon = (object: KubeObject): boolean => variants.every(({ desired }) => holds(desired, object))
  const base = filesFor(first, isCommon)
  const files = new Map<string, string>()
  const put = (folder: string, made: ReadonlyMap<string, string>): void => {
    for (const [name, text] of made) files.set(`${folder}/${name}`, text)
  }
  if (base.size > 0) put('base', new Map([...base, ['kustomization.yaml', kustomization(stack, [...base.keys()])]]))
  for (const variant of variants) {
    const own = filesFor(variant, (object) => !isCommon(object))
    const resources = [...(base.size > 0 ? ['../../base'] : []), ...own.keys()]
    const overlay = kustomization(stack, resources, labels(stack))
    put(`overlays/${variant.environment}`, new Map([...own, ['kustomization.yaml', overlay]]))
    files.set(`argocd/${variant.environment}.yaml`, application(variant, directory))
  }
  return files
}

function holds({ components }: Desired, object: KubeObject): boolean {
  const key = keyOf(refOf(object))
  return components.some(({ objects }) =>
    objects.some((other) => keyOf(refOf(other)) === key && isDeepStrictEqual(other, object)),
  )
}

function filesFor({ environment, desired }: Variant, keep: (object: KubeObject) => boolean): Map<string, string> {
  return filesOf(desired, { environment, settings: 'kustomize' }, keep)
}

/** Kustomize sorts namespaces first by itself; said here, since another order would apply objects into none. */
function kustomization(stack: string, resources: readonly string[], more: object = {}): string {
  return commented(header(stack), {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    sortOptions: { order: 'legacy' },
    resources,
    ...more,
  })
}

// Selectors never change: a label that got into one would have to be there for ever.
function labels(stack: string): object {
  return { labels: [{ pairs: { [STACK_LABEL]: stack }, includeSelectors: false }] }
}

function header(stack: string): string {
  return `${MADE} --stack ${stack} --format kustomize -o DIR\`.`
}

function application({ environment, desired }: Variant, directory: string): string {
  const { stack, home } = desired
  const notes = `${header(stack)} An example for Argo CD: replace the repository and its path, then kubectl apply -n argocd -f it. From then on let only one of the two deploy: Argo CD or landfall.`
  return commented(notes, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: `${stack}-${environment}`, namespace: 'argocd' },
    spec: {
      project: 'default',
      source: {
        repoURL: 'https://git.example.com/acme/deploy.git',
        targetRevision: 'main',
        path: `${basename(directory)}/overlays/${environment}`,
      },
      destination: { server: 'https://kubernetes.default.svc', namespace: home },
      syncPolicy: { syncOptions: ['ServerSideApply=true'] },
    },
  })
}
