import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { apiserver, etcd } from './controlplane.mts'
import { layout, NET } from './layout.mts'
import { containerd, kubelet, kubeProxy } from './node.mts'

const paths = layout('it', '/state')
const [api, kubeletPort, etcdClient, etcdPeer, registry, http, https, proxyHealth, proxyMetrics] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9,
]
const ports = {
  api,
  kubelet: kubeletPort,
  etcd: etcdClient,
  etcdPeer,
  registry,
  http,
  https,
  proxyHealth,
  proxyMetrics,
}

test('containerd() sends every registry name to the local registry and nowhere else', () => {
  const hosts = containerd(paths, ports, '/bin').files?.['registries/_default/hosts.toml'] ?? ''
  const urls = hosts.match(/https?:\/\/[^"]+/g) ?? []
  assert.ok(urls.length > 0)
  assert.deepEqual(new Set(urls), new Set(['http://127.0.0.1:5']))
})

test('containerd() gives pods no default route and does not translate their addresses', () => {
  const network = JSON.parse(containerd(paths, ports, '/bin').files?.['cni/10-landfall.conflist'] ?? '') as {
    plugins: { ipMasq?: boolean; isDefaultGateway?: boolean; ipam?: { routes: { dst: string }[] } }[]
  }
  const [bridge] = network.plugins
  assert.equal(bridge?.ipMasq, false)
  assert.equal(bridge?.isDefaultGateway, undefined)
  assert.deepEqual(bridge?.ipam?.routes, [{ dst: NET.clusterCidr }, { dst: NET.serviceCidr }])
})

test('kubelet() keeps its state, its logs and its socket below the state folder', () => {
  const daemon = kubelet(paths, ports, '/bin', 'node')
  const config = parse(daemon.files?.['kubelet.yaml'] ?? '') as Record<string, string>
  assert.ok(config['podLogsDir']?.startsWith('/state/it/'))
  assert.ok(config['containerRuntimeEndpoint']?.startsWith('unix:///state/it/'))
  assert.ok(daemon.args.some((arg) => arg.startsWith('--root-dir=/state/it/')))
})

test('every daemon that can be asked without a password listens on loopback or on the bridge', () => {
  const config = parse(kubeProxy(paths, ports, '/bin', 'node').files?.['kube-proxy.yaml'] ?? '') as Record<
    string,
    string
  >
  assert.match(config['healthzBindAddress'] ?? '', /^127\.0\.0\.1:/)
  assert.match(config['metricsBindAddress'] ?? '', /^127\.0\.0\.1:/)
  const listens = etcd(paths, ports).args.filter((arg) => arg.startsWith('--listen-'))
  assert.ok(listens.length === 2 && listens.every((arg) => arg.includes('=https://127.0.0.1:')))
  assert.ok(etcd(paths, ports).args.includes('--client-cert-auth'))
})

test('apiserver() has the aggregation flags, so that metrics can be added later', () => {
  const { args } = apiserver(paths, ports, '/bin')
  const has = (flag: string) => args.some((arg) => arg.startsWith(`--${flag}=`))
  assert.ok(['requestheader-client-ca-file', 'proxy-client-cert-file', 'proxy-client-key-file'].every(has))
})
