import type { Container, EnvVar, Job } from '../../kube/schema/types.mts'
import type { Agreement } from '../stack.mts'
import { MINIO_ACCOUNT, s3Endpoints } from './minio.mts'
import { fromSecret, scratchVolumes, strictContainer, strictPod } from './pod.mts'

const WRITABLE = ['/tmp']

// Only sh, its builtins, mc and sleep: the image promises no more. Keys travel as arguments behind `--`, so that any
// character in them stays what it is; in MC_HOST_local they would have to be a URL.
const WAIT = `
set -u
attempt=1
until mc alias set -- local "$MINIO_URL" "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD"; do
  if [ "$attempt" -ge 60 ]; then
    echo "no answer that can be used from $MINIO_URL after $attempt attempts"
    exit 1
  fi
  attempt=$((attempt + 1))
  sleep 1 || exit 1
done
`

const MAKE = `
mc mb --ignore-existing -- "local/$BUCKET" || exit 1
`

// Attaching twice is an error in some versions.
const OWN_USER = `
mc admin user add -- local "$S3_ACCESS_KEY_ID" "$S3_SECRET_ACCESS_KEY" || exit 1
printf '%s' "$POLICY" > "$MC_CONFIG_DIR/policy.json"
mc admin policy create -- local "bucket-$BUCKET" "$MC_CONFIG_DIR/policy.json" || exit 1
answer=$(mc admin policy attach --user "$S3_ACCESS_KEY_ID" -- local "bucket-$BUCKET" 2>&1) || case $answer in
  *'already in effect'*) ;;
  *) echo "$answer"; exit 1 ;;
esac
echo "$answer"
`

export interface Bucket {
  /** Of the Job; its content's hash is added to it. */
  name: string
  bucket: string
  /** Has sh and mc; MinIO's server image does. */
  image: string
  /** URL of the S3 port inside the cluster. */
  endpoint: string
  /** A Secret with MINIO_ROOT_USER and MINIO_ROOT_PASSWORD. */
  credentials: string
  /** A Secret with S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: the Job makes that user, with rights on this bucket alone. */
  user?: string
}

/**
 * A Job that makes the bucket and, if asked, its user; both are there already when it runs again. It waits a minute for
 * MinIO in each attempt, and each attempt is a pod of its own whose log stays. It has no TTL: a Job that vanished would
 * be made again by the next deploy.
 */
export function bucketJob(options: Bucket): Job {
  const labels = { app: options.name }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: options.name },
    spec: {
      // The script itself waits for MinIO: what fails three times will fail again, and a deploy should hear of it in time.
      backoffLimit: 2,
      template: {
        metadata: { labels },
        spec: strictPod(MINIO_ACCOUNT, {
          restartPolicy: 'Never',
          // It only ever talks; there is nothing to wait for when it is told to stop.
          terminationGracePeriodSeconds: 5,
          containers: [strictContainer(client(options), WRITABLE)],
          volumes: scratchVolumes(WRITABLE),
        }),
      },
    },
  }
}

/** What an app that uses a bundled MinIO was told, against what is made; keys only where the app is to be root. */
export function storageAgreements(store: {
  namespace: string
  /** Of MinIO's Service. */
  name: string
  /** The app's Secret, with S3_* keys. */
  secret: string
  /** A Secret with MINIO_ROOT_USER and MINIO_ROOT_PASSWORD. */
  root: string
  bucket: string
  bucketUser: 'root' | 'own'
}): Agreement[] {
  const { namespace, secret, root } = store
  const [endpoint, ...also] = s3Endpoints(store.name, namespace)
  const agree = (key: string, right: Agreement['right'], is: string, next: string): Agreement => ({
    code: 'storage-mismatch',
    namespace,
    about: `${key} of ${secret} and ${is}`,
    left: { secret, key },
    right,
    next,
  })
  const own = '--set bucketUser=own makes a user with the keys of ' + secret
  const rootKeys = [
    agree('S3_ACCESS_KEY_ID', { secret: root, key: 'MINIO_ROOT_USER' }, `MINIO_ROOT_USER of ${root}`, own),
    agree('S3_SECRET_ACCESS_KEY', { secret: root, key: 'MINIO_ROOT_PASSWORD' }, `MINIO_ROOT_PASSWORD of ${root}`, own),
  ]
  return [
    agree(
      'S3_BUCKET_NAME',
      { literal: store.bucket },
      'the bucket that is made',
      '--set bucket=NAME, or change the key',
    ),
    agree('S3_ENDPOINT_URL', { literal: endpoint, also }, "MinIO's address", `set the key to ${endpoint}`),
    ...(store.bucketUser === 'root' ? rootKeys : []),
  ]
}

function client(options: Bucket): Container {
  const script = options.user === undefined ? WAIT + MAKE : WAIT + MAKE + OWN_USER
  return {
    name: 'mc',
    image: options.image,
    command: ['sh', '-c'],
    args: [script.trimStart()],
    env: [
      { name: 'MC_CONFIG_DIR', value: '/tmp/.mc' },
      { name: 'MINIO_URL', value: options.endpoint },
      { name: 'BUCKET', value: options.bucket },
      fromSecret('MINIO_ROOT_USER', options.credentials),
      fromSecret('MINIO_ROOT_PASSWORD', options.credentials),
      ...(options.user === undefined ? [] : ownUser(options.user, options.bucket)),
    ],
    resources: { requests: { cpu: '10m', memory: '64Mi' } },
  }
}

function ownUser(secret: string, bucket: string): EnvVar[] {
  return [
    fromSecret('S3_ACCESS_KEY_ID', secret),
    fromSecret('S3_SECRET_ACCESS_KEY', secret),
    { name: 'POLICY', value: JSON.stringify(bucketPolicy(bucket), null, 2) },
  ]
}

function bucketPolicy(bucket: string) {
  const whole = `arn:aws:s3:::${bucket}`
  const onBucket = ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads']
  const onObjects = [
    's3:AbortMultipartUpload',
    's3:DeleteObject',
    's3:GetObject',
    's3:ListMultipartUploadParts',
    's3:PutObject',
  ]
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: onBucket, Resource: [whole] },
      { Effect: 'Allow', Action: onObjects, Resource: [`${whole}/*`] },
    ],
  }
}
