import type { Checked } from '../preflight.mts'
import type { Row } from '../types.mts'

/** Kinds that the server does not serve: an operator or its CRDs are missing. */
export function kindRows({ survey }: Checked): Row[] {
  return survey.unserved.map(({ apiVersion, kind }) => ({
    name: 'kinds',
    state: 'blocking',
    code: 'crd-missing',
    says: `Cannot apply kind ${kind}: the server does not know ${apiVersion}`,
    next: `install the operator that brings ${kind}, then: kubectl api-resources --api-group=${apiVersion.split('/')[0] ?? ''}`,
  }))
}
