import { isInvalid } from '../../lib/kube/status.mts'
import { apply } from './row.mts'
import type { Manifest, Row } from './row.mts'

/** Custom resources, where their definitions are installed. */
export const customRows: readonly Row[] = [
  {
    name: 'a VaultStaticSecret applied twice is unchanged',
    before: [apply(vaultSecret())],
    act: apply(vaultSecret()),
    expect: { plan: 'unchanged' },
    needs: 'crd',
  },
  {
    name: 'a Certificate applied twice is unchanged',
    before: [apply(certificate())],
    act: apply(certificate()),
    expect: { plan: 'unchanged' },
    needs: 'crd',
  },
  {
    name: 'the path of a VaultStaticSecret is a change',
    before: [apply(vaultSecret())],
    act: apply(vaultSecret({ path: 'other' })),
    expect: { plan: ['spec.path'] },
    needs: 'crd',
  },
  {
    name: 'an unknown field of a custom resource',
    act: apply(vaultSecret({ pth: 'x' })),
    expect: { refused: 'invalid', says: /\.spec\.pth: field not declared/, is: isInvalid },
    needs: 'crd',
  },
  {
    name: 'a required field of a custom resource',
    act: apply(vaultSecret({ mount: undefined })),
    expect: { refused: 'invalid', says: /spec\.mount: Required/, is: isInvalid },
    needs: 'crd',
  },
  {
    name: 'a value out of the list of a custom resource',
    act: apply(vaultSecret({ type: 'kv-v9' })),
    expect: { refused: 'invalid', says: /spec\.type: Unsupported value/, is: isInvalid },
    needs: 'crd',
  },
  {
    name: 'a list of a Certificate that is a text',
    act: apply(certificate({ dnsNames: 'app.test' })),
    expect: { refused: 'invalid', says: /dnsNames: expected list/, is: isInvalid },
    needs: 'crd',
  },
]

function vaultSecret(spec: Record<string, unknown> = {}): Manifest {
  return {
    apiVersion: 'secrets.hashicorp.com/v1beta1',
    kind: 'VaultStaticSecret',
    metadata: { name: 'keys' },
    spec: {
      mount: 'kv',
      path: 'app',
      type: 'kv-v2',
      refreshAfter: '30s',
      destination: { name: 'keys', create: true },
      ...spec,
    },
  }
}

function certificate(spec: Record<string, unknown> = {}): Manifest {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'app' },
    spec: {
      secretName: 'app-tls',
      issuerRef: { name: 'none', kind: 'ClusterIssuer' },
      dnsNames: ['app.test'],
      ...spec,
    },
  }
}
