import raw from '../../kube/schema/schema.json' with { type: 'json' }
import { CUSTOM } from '../objects/customs.mts'
import { SERVED } from '../objects/served.mts'

/** A PATCH for each kind, with the parameters by which kubectl tells that the server validates fields. */
function pathsOf(apiVersion: string): object {
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string' },
  }))
  const own = SERVED.filter((served) => served.apiVersion === apiVersion)
  const paths = own.map(({ group, version, kind, plural, scope }): [string, object] => {
    const root = group === '' ? `/api/${version}` : `/apis/${apiVersion}`
    const place = scope === 'Namespaced' ? '/namespaces/{namespace}' : ''
    const gvk = { group, version, kind }
    return [`${root}${place}/${plural}/{name}`, { patch: { parameters, 'x-kubernetes-group-version-kind': gvk } }]
  })
  return Object.fromEntries(paths)
}

/** The index of the documents, one a group and version. */
export function openapiIndex(): object {
  const versions = Object.keys({ ...raw.kinds, ...CUSTOM }).map((key) => key.slice(0, key.lastIndexOf('/')))
  const paths = [...new Set(versions)].map((version): [string, object] => {
    const path = version.includes('/') ? `apis/${version}` : `api/${version}`
    return [path, { serverRelativeURL: `/openapi/v3/${path}` }]
  })
  return { paths: Object.fromEntries(paths) }
}

/** The schemas of one group and version: every definition, the kinds marked as such. */
export function openapiDocument(path: string): object | undefined {
  const version = path.replace(/^\/openapi\/v3\/apis?\//, '')
  const own = Object.entries({ ...raw.kinds, ...CUSTOM }).filter(
    ([key]) => key.slice(0, key.lastIndexOf('/')) === version,
  )
  if (own.length === 0) return undefined
  const kinds = own.map(([key, definition]): [string, object] => {
    const kind = key.slice(key.lastIndexOf('/') + 1)
    const node = typeof definition === 'string' ? (raw.definitions as Record<string, object>)[definition] : definition
    const [group, number] = version.includes('/') ? version.split('/') : ['', version]
    const marked = [{ group, version: number, kind }]
    return [kind, { ...node, 'x-kubernetes-group-version-kind': marked }]
  })
  const text = JSON.stringify({ ...raw.definitions, ...Object.fromEntries(kinds) })
  const schemas: unknown = JSON.parse(text.replaceAll('#/definitions/', '#/components/schemas/'))
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: raw.kubernetes },
    paths: pathsOf(version),
    components: { schemas },
  }
}
