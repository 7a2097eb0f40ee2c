import type { Checked } from '../preflight.mts'
import type { Row } from '../types.mts'

/** Kinds that the server does not serve: an operator or its CRDs are missing. */
export function kindRows({ survey, desired }: Checked): Row[] {
  return survey.unserved.map(({ apiVersion, kind }) => ({
    name: 'kinds',
    state: 'blocking',
    code: 'crd-missing',
    says: `Cannot apply kind ${kind}: the server does not know ${apiVersion}`,
    next: isDefinedIn(desired, kind)
      ? `apply its CustomResourceDefinition first, which is part of this deploy: no server dry-runs what it does not know`
      : `install the operator that brings ${kind}, then: kubectl api-resources --api-group=${apiVersion.split('/')[0] ?? ''}`,
  }))
}

function isDefinedIn({ components }: Checked['desired'], kind: string): boolean {
  return components.some(({ objects }) =>
    objects.some((object) => {
      const { spec } = object as { spec?: { names?: { kind?: string } } }
      return object.kind === 'CustomResourceDefinition' && spec?.names?.kind === kind
    }),
  )
}
