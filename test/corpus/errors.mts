import { validate } from '../../lib/kube/validate.mts'
import { isInvalid, isMissingKind } from '../../lib/kube/status.mts'
import { base64, configMap, deployment, ingress, pod, quota, secret, service } from './manifests.mts'
import { apply, placed } from './row.mts'
import type { Manifest, Row } from './row.mts'

/** Wrong manifests: what the offline schema refuses, and why, and that the server refuses it too. */
export const WRONG: readonly (readonly [string, Manifest, RegExp])[] = [
  ['an unknown field', deployment({ container: { imag: 'x' } }), /containers\[0\]\.imag.*did you mean image/],
  ['an unknown field at the top', { ...configMap(), dta: {} }, /dta.*did you mean data/],
  ['an unknown field in the metadata', configMap({}, { lables: {} }), /metadata\.lables.*did you mean labels/],
  ['a text for a number', deployment({ spec: { replicas: '3' } }), /spec\.replicas must be an integer, is "3"/],
  [
    'a number for a text',
    deployment({ container: { env: [{ name: 'A', value: 1 }] } }),
    /env\[0\]\.value must be a text, is 1/,
  ],
  ['a number in a ConfigMap', configMap({ a: 1 }), /data\.a must be a text/],
  ['a list for a map', deployment({ spec: { selector: [] } }), /spec\.selector must be an object/],
  ['a map for a list', deployment({ container: { env: { A: '1' } } }), /\.env must be an array/],
  ['a text for a boolean', { ...configMap(), immutable: 'yes' }, /immutable must be a boolean/],
  [
    'a doubled env variable',
    deployment({ container: { env: [{ name: 'A' }, { name: 'A' }] } }),
    /env\[1\] stands twice: name "A"/,
  ],
  [
    'a doubled port',
    deployment({ container: { ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] } }),
    /ports\[1\] stands twice/,
  ],
  [
    'a doubled container',
    deployment({ pod: { initContainers: [{ name: 'i' }, { name: 'i' }] } }),
    /initContainers\[1\] stands twice/,
  ],
  ['a doubled finalizer', configMap({}, { finalizers: ['a.test/b', 'a.test/b'] }), /finalizers\[1\] stands twice/],
  ['base64 that is none', secret({ KEY: '%%%' }), /data\.KEY must be of the form byte$/],
  ['a number in a Secret', secret({ KEY: 7 }), /data\.KEY must be a text$/],
  ['a name with a capital', { ...configMap(), metadata: { name: 'Settings' } }, /metadata\.name "Settings"/],
  ['a label with a space', configMap({}, { labels: { a: 'b c' } }), /metadata\.labels\.a "b c"/],
  ['a label key with two slashes', configMap({}, { labels: { 'a/b/c': '1' } }), /"a\/b\/c"/],
  ['an annotation key with a space', configMap({}, { annotations: { 'a b': '1' } }), /"a b"/],
  ['no containers', deployment({ pod: { containers: undefined } }), /spec\.template\.spec\.containers is required/],
  ['a pull policy that is none', deployment({ container: { imagePullPolicy: 'Allways' } }), /did you mean Always/],
  ['a Service type that is none', service({ type: 'ClusterIp' }), /spec\.type.*did you mean ClusterIP/],
]

/** Error shapes: every refusal has its code. */
export const errorRows: readonly Row[] = [
  ...WRONG.map(([what, object, complaint]): Row => ({
    name: `${what} is refused, offline too`,
    act: apply(object),
    expect: { refused: 'invalid', is: (error) => isInvalid(error) && complaint.test(complaintsOf(object)) },
  })),
  {
    name: 'a number in a Secret is not quoted',
    act: apply(secret({ KEY: 7_316_429 })),
    expect: { refused: 'invalid', says: /KEY/, hides: '7316429' },
  },
  {
    name: 'bad base64 in a Secret is not quoted',
    act: apply(secret({ KEY: 'my-raw-password!' })),
    expect: { refused: 'invalid', hides: 'my-raw-password' },
  },
  {
    name: 'bad base64 in a created Secret is not quoted',
    act: { verb: 'create', object: secret({ KEY: 'my-raw-password!' }) },
    expect: { refused: 'invalid', hides: 'my-raw-password' },
  },
  {
    name: 'an unknown field in a create is refused too',
    act: { verb: 'create', object: { ...configMap(), dta: {} } },
    expect: { refused: 'invalid', says: /dta/ },
  },
  {
    name: 'a port out of range',
    act: apply(deployment({ container: { ports: [{ containerPort: 70000 }] } })),
    expect: { refused: 'invalid', says: /containerPort/ },
  },
  {
    name: 'a probe at a port that has no such name',
    act: apply(
      deployment({ container: { readinessProbe: { httpGet: { path: '/', port: 'a name too long for it' } } } }),
    ),
    expect: { refused: 'invalid', says: /readinessProbe/ },
  },
  {
    name: 'negative replicas',
    act: apply(deployment({ spec: { replicas: -1 } })),
    expect: { refused: 'invalid', says: /greater than or equal to 0/ },
  },
  {
    name: 'labels that the selector does not select',
    act: apply(deployment({ spec: { selector: { matchLabels: { app: 'other' } } } })),
    expect: { refused: 'invalid', says: /selector/ },
  },
  {
    name: 'a mount without its volume',
    act: apply(deployment({ container: { volumeMounts: [{ name: 'nope', mountPath: '/x' }] } })),
    expect: { refused: 'invalid', says: /volumeMounts/ },
  },
  {
    name: 'a request above its limit',
    act: apply(deployment({ container: { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } } })),
    expect: { refused: 'invalid', says: /less than or equal to cpu limit/ },
  },
  {
    name: 'a quantity that is none',
    act: apply(deployment({ container: { resources: { limits: { memory: '1 GB' } } } })),
    expect: { refused: 'invalid', says: /quantit/ },
  },
  {
    name: 'an Ingress path without its slash',
    act: apply(ingress('app')),
    expect: { refused: 'invalid', says: /path/ },
  },
  {
    name: 'a value too large for a record',
    act: apply(configMap({ a: 'x'.repeat(1_100_000) })),
    expect: { refused: 'invalid', says: /Too long|too large|exceeds/i },
  },
  {
    name: 'a pod over the quota',
    before: [apply(quota({ pods: '0' }))],
    act: apply(pod()),
    expect: { refused: 'quota', says: /exceeded quota: quota/, soon: true },
    needs: 'admission',
  },
  {
    name: 'a pod without the requests that a quota asks for',
    before: [apply(quota({ 'requests.cpu': '1' }))],
    act: apply(pod()),
    expect: { refused: 'quota', says: /must specify requests\.cpu/, soon: true },
    needs: 'admission',
  },
  {
    name: 'a pod that Pod Security forbids',
    before: [apply(home())],
    act: apply(pod({ hostNetwork: true })),
    expect: { refused: 'admission', says: /violates PodSecurity "restricted/, soon: true },
    needs: 'admission',
  },
  {
    name: 'a pod below the limit range',
    before: [apply(minimum())],
    act: apply(pod({}, { resources: { requests: { cpu: '1m' }, limits: { cpu: '1m' } } })),
    expect: { refused: 'admission', says: /minimum cpu usage/, soon: true },
    needs: 'admission',
  },
  {
    name: 'a kind that no server serves',
    act: apply({ apiVersion: 'nowhere.test/v1', kind: 'Gadget', metadata: { name: 'g' } }),
    expect: { refused: 'crd-missing', says: /Gadget \(nowhere\.test\/v1\)/, is: isMissingKind },
  },
  {
    name: 'a version that is no longer served',
    act: apply({ ...deployment(), apiVersion: 'apps/v1beta1' }),
    expect: { refused: 'crd-missing', says: /Deployment \(apps\/v1beta1\)/ },
  },
]

/** What validate() says, a line a complaint. */
export function complaintsOf(object: Manifest): string {
  return validate(placed(object, 'corpus'))
    .map(({ path, says }) => `${path} ${says}`)
    .join('\n')
}

function home(): Manifest {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'NAMESPACE', labels } }
}

function minimum(): Manifest {
  const limits = [{ type: 'Container', min: { cpu: '50m' } }]
  return { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'minimum' }, spec: { limits } }
}

/** Kept for the unit test of the offline schema: manifests that both it and the server take. */
export const RIGHT: readonly Manifest[] = [
  configMap(),
  secret({ KEY: base64('x') }),
  deployment(),
  ingress(),
  pod(),
  service(),
]
