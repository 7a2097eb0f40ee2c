/** What a stack file and a script import: everything else is this project's own business. */
export { story } from './deploy/story.mts'
export { DeployError, EXIT } from './error.mts'
export { address, bucketName, duration, hostname, label, objectName, quantity, replicas } from './stacks/fields.mts'
export { serviceAccount } from './stacks/parts/accounts.mts'
export { bucketJob } from './stacks/parts/bucket.mts'
export { volumeClaim } from './stacks/parts/claim.mts'
export { configMap } from './stacks/parts/config.mts'
export { httpApp, staticWeb } from './stacks/parts/http.mts'
export { allow, allowDns, anywhere, everyPod } from './stacks/parts/intent.mts'
export { limitRange, resourceQuota } from './stacks/parts/limits.mts'
export { migrationJob } from './stacks/parts/migration.mts'
export { minio, s3Endpoints } from './stacks/parts/minio.mts'
export { fromSecret } from './stacks/parts/pod.mts'
export { networkPolicies } from './stacks/parts/policies.mts'
export { postgres } from './stacks/parts/postgres.mts'
export {
  absent,
  answers,
  certified,
  deployment,
  fallsBack,
  fresh,
  inDns,
  job,
  jobDone,
  migrated,
  redirectsToHttps,
  serves,
  statefulSet,
  unreachable,
} from './stacks/parts/proofs.mts'
export { redis } from './stacks/parts/redis.mts'
export { autoscaler, disruptionBudget } from './stacks/parts/scaling.mts'
export { environmentSecret, fromEnvironment } from './stacks/parts/secret.mts'
export { site } from './stacks/parts/site.mts'
export { vaultAuth, vaultSecret } from './stacks/parts/vault.mts'
export { celeryWorker } from './stacks/parts/worker.mts'
export { patch, patchComponents } from './stacks/patch.mts'
export { component, stack } from './stacks/stack.mts'
export { oneBuild } from './stacks/tags.mts'
export { deploy } from './stories/deploy.mts'
export { render } from './stories/render.mts'
export { rollback } from './stories/rollback.mts'
export { teardown } from './stories/teardown.mts'
export { verify } from './stories/verify.mts'

export type { Body, Stage } from './deploy/story.mts'
export type { Code, Exit, Failure } from './error.mts'
export type { KubeObject, Ref } from './kube/object.mts'
export type { ProofSpec, Proven } from './proof/spec.mts'
export type { Report } from './report/report.mts'
export type { Settings } from './settings/settings.mts'
export type { Component, Context, Stack } from './stacks/stack.mts'
