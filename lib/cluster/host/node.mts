import { join } from 'node:path'
import { stringify } from 'yaml'
import { SYSTEM_PATH } from './command.mts'
import { NET, type Layout } from './layout.mts'
import { certificatePath, keyPath } from './pki.mts'
import type { Daemon } from './processes.mts'
import type { Ports } from './record.mts'

/** The image that holds a pod's namespaces open; it is imported, never pulled. */
export const PAUSE = 'localhost/pause:1'

/** What runs containers. Its state lies below the cluster's folder, network namespaces included. */
export function containerd(paths: Layout, ports: Ports, bin: string): Daemon {
  // Every registry name is answered by the local one, without a way on: nothing is pulled from outside this host.
  const mirror = `http://127.0.0.1:${ports.registry}`
  return {
    name: 'containerd',
    command: join(bin, 'containerd'),
    args: ['--config', join(paths.etc, 'containerd.toml')],
    env: { PATH: `${bin}:${SYSTEM_PATH}` },
    files: {
      'containerd.toml': containerdConfig(paths, bin),
      'registries/_default/hosts.toml': `server = "${mirror}"\n\n[host."${mirror}"]\n  capabilities = ["pull", "resolve"]\n`,
      'cni/10-landfall.conflist': JSON.stringify(network(paths), null, 2),
    },
  }
}

function containerdConfig(paths: Layout, bin: string): string {
  return `version = 3
root = "${join(paths.data, 'containerd')}"
state = "${join(paths.run, 'containerd')}"

[grpc]
  address = "${paths.containerd}"

# Its socket would lie in /run/nri.
[plugins.'io.containerd.nri.v1.nri']
  disable = true

[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "${PAUSE}"
  [plugins.'io.containerd.cri.v1.images'.registry]
    config_path = "${join(paths.etc, 'registries')}"

[plugins.'io.containerd.cri.v1.runtime']
  # Without it runc dies with "can't get final child's PID from pipe: EOF" where oom_score_adj may not be lowered.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "${join(paths.etc, 'cni')}"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = "${join(bin, 'runc')}"
      Root = "${join(paths.run, 'runc')}"
      SystemdCgroup = false
`
}

/** Pods hang on the bridge and have no way out of the host: they have no route but to pods and Services. */
function network(paths: Layout): object {
  const addresses = {
    type: 'host-local',
    dataDir: join(paths.data, 'cni'),
    ranges: [[{ subnet: NET.nodeCidr, gateway: NET.node }]],
    routes: [{ dst: NET.clusterCidr }, { dst: NET.serviceCidr }],
  }
  const bridge = { type: 'bridge', bridge: NET.bridge, isGateway: true, ipMasq: false, hairpinMode: true }
  return {
    cniVersion: '1.0.0',
    name: 'landfall',
    plugins: [
      { ...bridge, ipam: addresses },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }
}

export function kubelet(paths: Layout, ports: Ports, bin: string, node: string): Daemon {
  return {
    name: 'kubelet',
    command: join(bin, 'kubelet'),
    args: [
      `--config=${join(paths.etc, 'kubelet.yaml')}`,
      `--kubeconfig=${join(paths.etc, 'kubelet.kubeconfig')}`,
      `--hostname-override=${node}`,
      `--node-ip=${NET.node}`,
      `--root-dir=${join(paths.data, 'kubelet')}`,
    ],
    // Nothing outside the cluster can be resolved from a pod; a file without a name server says so at once.
    files: { 'kubelet.yaml': stringify(kubeletConfig(paths, ports)), 'resolv.conf': 'options ndots:1\n' },
  }
}

function kubeletConfig(paths: Layout, ports: Ports): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: NET.node,
    port: ports.kubelet,
    healthzPort: 0,
    tlsCertFile: certificatePath(paths, 'kubelet-serving'),
    tlsPrivateKeyFile: keyPath(paths, 'kubelet-serving'),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: certificatePath(paths, 'ca') },
    },
    authorization: { mode: 'Webhook' },
    // 1.35 refuses cgroup v1 unless it is told not to.
    failCgroupV1: false,
    failSwapOn: false,
    cgroupDriver: 'cgroupfs',
    containerRuntimeEndpoint: `unix://${paths.containerd}`,
    podLogsDir: join(paths.logs, 'pods'),
    resolvConf: join(paths.etc, 'resolv.conf'),
    clusterDNS: [NET.dnsService],
    clusterDomain: 'cluster.local',
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    // The default pulls an imported image once more where the same content was pulled under another name.
    imagePullCredentialsVerificationPolicy: 'NeverVerify',
    nodeStatusUpdateFrequency: '4s',
    shutdownGracePeriod: '0s',
  }
}

export function kubeProxy(paths: Layout, ports: Ports, bin: string, node: string): Daemon {
  const config = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: join(paths.etc, 'kube-proxy.kubeconfig') },
    mode: 'iptables',
    clusterCIDR: NET.clusterCidr,
    hostnameOverride: node,
    healthzBindAddress: `127.0.0.1:${ports.proxyHealth}`,
    metricsBindAddress: `127.0.0.1:${ports.proxyMetrics}`,
    // 0: leave the host's connection tracking as it is.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  }
  return {
    name: 'kube-proxy',
    command: join(bin, 'kube-proxy'),
    args: [`--config=${join(paths.etc, 'kube-proxy.yaml')}`],
    files: { 'kube-proxy.yaml': stringify(config) },
  }
}

/** A registry that keeps its blobs below the state folder and listens on loopback, without TLS. */
export function registry(paths: Layout, ports: Ports, bin: string): Daemon {
  const config = {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(paths.data, 'registry') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${ports.registry}` },
  }
  return {
    name: 'registry',
    command: join(bin, 'registry'),
    args: ['serve', join(paths.etc, 'registry.yaml')],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    files: { 'registry.yaml': stringify(config) },
  }
}
