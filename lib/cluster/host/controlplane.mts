import { join } from 'node:path'
import { NET, type Layout } from './layout.mts'
import { certificatePath, keyPath } from './pki.mts'
import type { Daemon } from './processes.mts'
import type { Ports } from './record.mts'

/** The store. It listens on loopback only and asks for a client certificate, since every local user reaches loopback. */
export function etcd(paths: Layout, ports: Ports): Daemon {
  const [client, peer] = [`https://127.0.0.1:${ports.etcd}`, `https://127.0.0.1:${ports.etcdPeer}`]
  return {
    name: 'etcd',
    command: 'etcd',
    args: [
      `--data-dir=${join(paths.data, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      ...['', 'peer-'].flatMap((side) => [
        `--${side}cert-file=${certificatePath(paths, 'etcd')}`,
        `--${side}key-file=${keyPath(paths, 'etcd')}`,
        `--${side}trusted-ca-file=${certificatePath(paths, 'etcd-ca')}`,
        `--${side}client-cert-auth`,
      ]),
      '--logger=zap',
      '--log-level=warn',
      '--auto-compaction-retention=1',
    ],
  }
}

export function apiserver(paths: Layout, ports: Ports, bin: string): Daemon {
  return {
    name: 'kube-apiserver',
    command: join(bin, 'kube-apiserver'),
    args: [
      // Pods reach it at the bridge's address, the operator at loopback; both need a client certificate or a token.
      '--bind-address=0.0.0.0',
      `--advertise-address=${NET.node}`,
      `--secure-port=${ports.api}`,
      `--tls-cert-file=${certificatePath(paths, 'apiserver')}`,
      `--tls-private-key-file=${keyPath(paths, 'apiserver')}`,
      `--client-ca-file=${certificatePath(paths, 'ca')}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      `--service-cluster-ip-range=${NET.serviceCidr}`,
      '--profiling=false',
      ...etcdFlags(paths, ports),
      ...kubeletFlags(paths),
      ...serviceAccountFlags(paths),
      ...aggregationFlags(paths),
    ],
  }
}

function etcdFlags(paths: Layout, ports: Ports): string[] {
  return [
    `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
    `--etcd-cafile=${certificatePath(paths, 'etcd-ca')}`,
    `--etcd-certfile=${certificatePath(paths, 'apiserver-etcd-client')}`,
    `--etcd-keyfile=${keyPath(paths, 'apiserver-etcd-client')}`,
  ]
}

function kubeletFlags(paths: Layout): string[] {
  return [
    `--kubelet-client-certificate=${certificatePath(paths, 'apiserver-kubelet-client')}`,
    `--kubelet-client-key=${keyPath(paths, 'apiserver-kubelet-client')}`,
    `--kubelet-certificate-authority=${certificatePath(paths, 'ca')}`,
    '--kubelet-preferred-address-types=InternalIP',
  ]
}

function serviceAccountFlags(paths: Layout): string[] {
  const key = keyPath(paths, 'service-account')
  return [
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
  ]
}

/** So that an extension API server (metrics, for one) can be added to a running cluster. */
function aggregationFlags(paths: Layout): string[] {
  return [
    `--requestheader-client-ca-file=${certificatePath(paths, 'front-proxy-ca')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${certificatePath(paths, 'front-proxy-client')}`,
    `--proxy-client-key-file=${keyPath(paths, 'front-proxy-client')}`,
    '--enable-aggregator-routing=true',
  ]
}

export function controllerManager(paths: Layout, bin: string): Daemon {
  return {
    name: 'kube-controller-manager',
    command: join(bin, 'kube-controller-manager'),
    args: [
      `--kubeconfig=${join(paths.etc, 'controller-manager.kubeconfig')}`,
      `--service-account-private-key-file=${keyPath(paths, 'service-account')}`,
      `--root-ca-file=${certificatePath(paths, 'ca')}`,
      '--use-service-account-credentials',
      '--allocate-node-cidrs',
      `--cluster-cidr=${NET.clusterCidr}`,
      `--service-cluster-ip-range=${NET.serviceCidr}`,
      '--leader-elect=false',
      '--secure-port=0',
      // A namespace's end costs a request for each kind there is: at the default of 20 a second, many of them take minutes.
      '--kube-api-qps=200',
      '--kube-api-burst=400',
    ],
  }
}

export function scheduler(paths: Layout, bin: string): Daemon {
  return {
    name: 'kube-scheduler',
    command: join(bin, 'kube-scheduler'),
    args: [`--kubeconfig=${join(paths.etc, 'scheduler.kubeconfig')}`, '--leader-elect=false', '--secure-port=0'],
  }
}
