import { deployment, made, pod, web } from './made.mts'
import type { Story } from './story.mts'
import * as when from './watchfor.mts'

/** Containers that never come to run. */
export const STARTS = {
  'image-missing': {
    subject: deployment(pod(web({ image: 'registry.test/acme/api:nope', imagePullPolicy: 'Always' }))),
    moments: [
      { name: 'first-pull', when: when.waiting(/ErrImagePull/) },
      { name: 'back-off', when: when.waiting(/ImagePullBackOff/) },
    ],
  },
  'image-invalid': {
    subject: deployment(pod(web({ image: 'Registry.test/API:1' }))),
    moments: [{ name: 'refused', when: when.waiting(/InvalidImageName/) }],
  },
  'image-never': {
    subject: deployment(pod(web({ image: 'registry.test/acme/api:1', imagePullPolicy: 'Never' }))),
    moments: [{ name: 'refused', when: when.waiting(/ErrImageNeverPull/) }],
  },
  'secret-missing': {
    subject: deployment(pod(web({ envFrom: [{ secretRef: { name: 'api-env' } }] }))),
    moments: [
      { name: 'refused', when: when.waiting(/CreateContainerConfigError/), then: [made('Secret', 'api-env', {})] },
      { name: 'ready', when: when.available(1, 1) },
    ],
  },
  'secret-key-missing': {
    before: [made('Secret', 'api-env', { stringData: { OTHER: 'x' } })],
    subject: deployment(
      pod(
        web({ env: [{ name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'api-env', key: 'DATABASE_URL' } } }] }),
      ),
    ),
    moments: [{ name: 'refused', when: when.waiting(/CreateContainerConfigError/) }],
  },
  'configmap-missing': {
    subject: deployment(pod(web({ envFrom: [{ configMapRef: { name: 'api-config' } }] }))),
    moments: [{ name: 'refused', when: when.waiting(/CreateContainerConfigError/) }],
  },
  'volume-secret-missing': {
    subject: deployment(
      pod(web({ volumeMounts: [{ name: 'tls', mountPath: '/tls' }] }), {
        volumes: [{ name: 'tls', secret: { secretName: 'api-tls' } }],
      }),
    ),
    moments: [
      { name: 'first-try', when: when.event('FailedMount') },
      { name: 'after-22s', when: when.lasting(when.event('FailedMount'), 22) },
    ],
  },
  'root-refused': {
    subject: deployment(pod(web({ securityContext: { runAsNonRoot: true } }))),
    moments: [{ name: 'refused', when: when.waiting(/CreateContainerConfigError/) }],
  },
  'exec-format': {
    before: [made('ConfigMap', 'bin', { data: { run: 'no shebang here\n', denied: '#!/bin/sh\n' } })],
    subject: deployment(
      pod(web({ command: ['/bin-of/run'], volumeMounts: [{ name: 'bin', mountPath: '/bin-of' }] }), {
        volumes: [{ name: 'bin', configMap: { name: 'bin', defaultMode: 0o755 } }],
      }),
    ),
    moments: [
      { name: 'first-start', when: when.terminated(/./) },
      { name: 'back-off', when: when.waiting(/./, 1) },
    ],
  },
  'command-missing': {
    subject: deployment(pod(web({ command: ['uvicorn', 'app.main:app'] }))),
    moments: [
      { name: 'first-start', when: when.waiting(/RunContainerError|CrashLoop/) },
      { name: 'back-off', when: when.waiting(/CrashLoop/) },
    ],
  },
} satisfies Record<string, Story>
