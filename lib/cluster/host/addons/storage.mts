import { FOLDER_PATTERN } from '../../volumes.mts'
import { account, deployment, namespace, type AddonObject } from './objects.mts'

const ALL = ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete']
const RULES = [
  { apiGroups: [''], resources: ['nodes', 'persistentvolumeclaims', 'configmaps', 'pods/log'], verbs: ALL.slice(0, 3) },
  { apiGroups: [''], resources: ['persistentvolumes', 'pods'], verbs: ALL },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
  { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: ALL.slice(0, 3) },
]

interface Images {
  readonly provisioner: string
  /** Has sh, mkdir and rm, and runs as root. */
  readonly helper: string
}

/** Where volumes lie; one that outlives the cluster names them by their claims, so that these find them again. */
export interface VolumeFolder {
  readonly path: string
  readonly outlives: 'cluster' | 'nothing'
}

/** The default storage class: folders on this host, made when the first pod asks and removed with the claim. */
export function storage(images: Images, { path, outlives }: VolumeFolder): AddonObject[] {
  const at = { name: 'local-path-provisioner', namespace: 'local-path-storage' }
  const runAs = `--service-account-name=${at.name}`
  return [
    namespace(at.namespace),
    ...account(at, RULES),
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'local-path', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'rancher.io/local-path',
      ...(outlives === 'cluster' && { parameters: { pathPattern: FOLDER_PATTERN } }),
      volumeBindingMode: 'WaitForFirstConsumer',
      reclaimPolicy: 'Delete',
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...at, name: 'local-path-config' },
      data: config(images, path),
    },
    deployment(at, {
      serviceAccountName: at.name,
      containers: [
        {
          name: at.name,
          image: images.provisioner,
          args: ['start', '--config=/etc/config/config.json', `--helper-image=${images.helper}`, runAs],
          env: [
            { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
            { name: 'CONFIG_MOUNT_PATH', value: '/etc/config/' },
          ],
          volumeMounts: [{ name: 'config', mountPath: '/etc/config' }],
        },
      ],
      volumes: [{ name: 'config', configMap: { name: 'local-path-config' } }],
    }),
  ]
}

function config(images: Images, folder: string): Record<string, string> {
  const helper = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'helper-pod' },
    spec: { containers: [{ name: 'helper-pod', image: images.helper, imagePullPolicy: 'IfNotPresent' }] },
  }
  return {
    'config.json': JSON.stringify({ nodePathMap: [{ node: 'DEFAULT_PATH_FOR_NON_LISTED_NODES', paths: [folder] }] }),
    // 0777: a hostPath volume knows no fsGroup, and containers run as the users that their images name.
    setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
    teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
    'helperPod.yaml': JSON.stringify(helper),
  }
}
