import { configMap, deployment, ingress, pod, secret, service } from '../manifests.mts'
import type { Manifest } from '../row.mts'
import { get, MERGE, patch, post, put, ssa, STRATEGIC } from '../talk.mts'
import type { Talk } from '../talk.mts'

const container = (turn: Record<string, unknown>): Manifest => deployment({ container: turn })
const env = (...names: string[]): Manifest =>
  container({ env: names.map((name) => ({ name, value: name.toLowerCase() })) })
const FORCE = { query: '&force=true' }
const OTHER = { manager: 'other' }
const TAKE = { manager: 'other', query: '&force=true' }

/** Who owns which field after whose write. */
export const managerTalks: readonly Talk[] = [
  {
    name: 'an update takes over what it changes',
    asks: [ssa(configMap({ a: '1', b: '1' })), patch(configMap(), { data: { a: '2' } }), get(configMap())],
  },
  {
    name: 'an update of what is the same takes nothing',
    asks: [ssa(configMap()), put(configMap(), {}), get(configMap())],
  },
  {
    name: 'a forced apply takes a field from another',
    asks: [ssa(configMap({ a: '1', b: '1' })), ssa(configMap({ a: '2' }), TAKE)],
  },
  { name: 'two managers own what both say', asks: [ssa(configMap({ a: '1' })), ssa(configMap({ a: '1' }), OTHER)] },
  {
    name: 'a field that one of two owners gives up stays',
    asks: [
      ssa(configMap({ a: '1' })),
      ssa(configMap({ a: '1' }), OTHER),
      ssa({ ...configMap(), data: {} }),
      ssa(configMap({ b: '1' }), OTHER),
    ],
  },
  {
    name: 'a manager that gives up everything is gone',
    asks: [
      ssa(configMap()),
      ssa(configMap({ b: '1' }), OTHER),
      ssa({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } }),
    ],
  },
  { name: 'an item of a keyed list is owned by its key', asks: [ssa(env('A', 'B')), ssa(env('C'), TAKE)] },
  {
    name: 'items of a keyed list from two managers keep their order',
    asks: [ssa(env('A', 'C')), ssa({ ...env('B', 'C', 'A') }, TAKE), ssa(env('A', 'C'))],
  },
  { name: 'an item that is given up goes', asks: [ssa(env('A', 'B', 'C')), ssa(env('C', 'A'))] },
  {
    name: 'a port is told apart by number and protocol',
    asks: [
      ssa(container({ ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] })),
      ssa(container({ ports: [{ containerPort: 80, protocol: 'UDP', name: 'dns' }] })),
    ],
  },
  {
    name: 'a set keeps what others put in',
    asks: [
      ssa(configMap({}, { finalizers: ['landfall.test/a'] })),
      ssa(
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'settings', finalizers: ['landfall.test/b', 'landfall.test/a'] },
        },
        OTHER,
      ),
      ssa(configMap({})),
    ],
    after: [patch(configMap(), { metadata: { finalizers: null } })],
  },
  {
    name: 'an atomic list is owned as a whole',
    asks: [
      ssa(container({ args: ['a', 'b'] })),
      ssa(container({ args: ['c'] }), OTHER),
      ssa(container({ args: ['c'] }), TAKE),
    ],
  },
  {
    name: 'an atomic map is owned as a whole',
    asks: [
      ssa(service()),
      ssa(service({ selector: { app: 'web', tier: 'x' } }), OTHER),
      ssa(service({ selector: { tier: 'x' } }), TAKE),
    ],
  },
  { name: 'a rule of an Ingress is one of an atomic list', asks: [ssa(ingress()), ssa(ingress('/app'), OTHER)] },
  {
    name: 'an update by hand and an apply of another',
    asks: [
      post(deployment()),
      patch(deployment(), { spec: { replicas: 3 } }),
      ssa(deployment({ spec: { replicas: 2 } }), OTHER),
    ],
  },
  {
    name: 'a conflict with two managers',
    asks: [
      ssa(configMap({ a: '1' }), { manager: 'one' }),
      ssa(configMap({ b: '1' }), { manager: 'two' }),
      ssa(configMap({ a: '2', b: '2' })),
    ],
  },
  {
    name: 'a conflict over a whole struct',
    asks: [
      ssa(container({ livenessProbe: { httpGet: { path: '/', port: 80 } } })),
      ssa(container({ livenessProbe: { httpGet: { path: '/x', port: 81 } } }), OTHER),
    ],
  },
  { name: 'what a create says is an update', asks: [post(secret()), ssa(secret({ KEY: 'YQ==' }))] },
  {
    name: 'an apply without a manager',
    asks: [{ ...ssa(configMap()), path: '/api/v1/namespaces/NAMESPACE/configmaps/settings?force=true' }],
  },
  { name: 'a manager with a name too long', asks: [ssa(configMap(), { manager: 'x'.repeat(129) })] },
  { name: 'a manager with a name that cannot be', asks: [ssa(configMap(), { manager: 'a%0Ab' })] },
  {
    name: 'force of another patch',
    asks: [post(configMap()), patch(configMap(), { data: { a: '2' } }, MERGE, '&force=true')],
  },
  {
    name: 'an apply that says managedFields',
    asks: [
      ssa(
        configMap(
          {},
          {
            managedFields: [
              { manager: 'x', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} },
            ],
          },
        ),
      ),
    ],
  },
  {
    name: 'an update that empties managedFields',
    asks: [ssa(configMap()), { ...put(configMap()), over: { metadata: { managedFields: [{}] } } }],
  },
  {
    name: 'managers are taken over as kubectl does',
    asks: [
      post(configMap()),
      patch(configMap(), {
        metadata: {
          managedFields: [
            {
              manager: 'landfall-corpus',
              operation: 'Apply',
              apiVersion: 'v1',
              fieldsType: 'FieldsV1',
              fieldsV1: { 'f:data': { 'f:a': {} } },
            },
          ],
        },
      }),
      ssa({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { b: '1' } }),
    ],
  },
  {
    name: 'a status that is applied is not taken',
    asks: [ssa({ ...deployment(), status: { replicas: 7 } }), get(deployment())],
  },
  {
    name: 'a status that is written belongs to its own half',
    asks: [
      post(deployment({ spec: { paused: true } })),
      {
        method: 'PATCH',
        path: '/apis/apps/v1/namespaces/NAMESPACE/deployments/web/status?fieldManager=other',
        type: MERGE,
        body: { status: { conditions: [{ type: 'Landfall', status: 'True' }] }, spec: { replicas: 9 } },
      },
    ],
  },
  { name: 'an apply of another version of the group', asks: [ssa({ ...deployment(), apiVersion: 'apps/v1beta9' })] },
  {
    name: 'an apply under another name',
    asks: [{ ...ssa(configMap()), path: '/api/v1/namespaces/NAMESPACE/configmaps/other?fieldManager=m' }],
  },
  { name: 'an apply of another kind', asks: [{ ...ssa(configMap()), body: secret() }] },
  {
    name: 'an apply into another namespace',
    asks: [{ ...ssa(configMap()), body: configMap({}, { namespace: 'other' }) }],
  },
  { name: 'an apply of nothing', asks: [{ ...ssa(configMap()), body: '' }] },
  { name: 'an apply of what is no object', asks: [{ ...ssa(configMap()), body: '[]' }] },
  {
    name: 'an apply as YAML',
    asks: [
      { ...ssa(configMap()), body: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: "1"\n' },
    ],
  },
  {
    name: 'a merge by keys of containers',
    asks: [
      post(env('A')),
      patch(
        deployment(),
        { spec: { template: { spec: { containers: [{ name: 'web', env: [{ name: 'B', value: 'b' }] }] } } } },
        STRATEGIC,
      ),
    ],
  },
  {
    name: 'a merge that takes an item out',
    asks: [
      post(env('A', 'B')),
      patch(
        deployment(),
        { spec: { template: { spec: { containers: [{ name: 'web', env: [{ name: 'A', $patch: 'delete' }] }] } } } },
        STRATEGIC,
      ),
    ],
  },
  {
    name: 'a merge that replaces',
    asks: [
      post(env('A', 'B')),
      patch(
        deployment(),
        {
          spec: {
            template: {
              spec: { containers: [{ name: 'web', env: [{ $patch: 'replace' }, { name: 'C', value: 'c' }] }] },
            },
          },
        },
        STRATEGIC,
      ),
    ],
  },
  {
    name: 'a merge that says an order',
    asks: [
      post(env('A', 'B')),
      patch(
        deployment(),
        {
          spec: {
            template: {
              spec: {
                $setElementOrder: [],
                containers: [
                  {
                    name: 'web',
                    '$setElementOrder/env': [{ name: 'C' }, { name: 'B' }, { name: 'A' }],
                    env: [{ name: 'C', value: 'c' }],
                  },
                ],
              },
            },
          },
        },
        STRATEGIC,
      ),
    ],
  },
  {
    name: 'a merge of null',
    asks: [post(configMap({ a: '1', b: '1' })), patch(configMap(), { data: { a: null } }, STRATEGIC)],
  },
  {
    name: 'a merge by keys into an item without its key',
    asks: [
      post(env('A')),
      patch(deployment(), { spec: { template: { spec: { containers: [{ image: 'x' }] } } } }, STRATEGIC),
    ],
  },
  {
    name: 'a patch of a kind that nobody knows',
    asks: [post(configMap()), { ...patch(configMap(), {}), type: 'application/none+json' }],
  },
  {
    name: 'a patch of operations',
    asks: [
      post(configMap()),
      { ...patch(configMap(), [{ op: 'add', path: '/data/b', value: '2' }]), type: 'application/json-patch+json' },
    ],
  },
  { name: 'a merge patch that is no object', asks: [post(configMap()), patch(configMap(), '[]')] },
  { name: 'a merge patch of what is not there', asks: [patch(configMap(), { data: {} })] },
  {
    name: 'a pod template in full, twice under force',
    asks: [ssa(pod({ nodeSelector: { nowhere: 'yes' } })), ssa(pod({ nodeSelector: { nowhere: 'yes' } }), FORCE)],
  },
]
