/** What a stack file and a script import: everything else is this project's own business. */
export { story } from './deploy/story.mts'
export { DeployError, EXIT } from './error.mts'
export { address, bucketName, duration, hostname, label, objectName, quantity, replicas } from './stacks/fields.mts'
export { httpApp, staticWeb } from './stacks/parts/http.mts'
export { minio } from './stacks/parts/minio.mts'
export {
  absent,
  certified,
  fallsBack,
  fresh,
  inDns,
  jobDone,
  migrated,
  redirectsToHttps,
  serves,
  unreachable,
} from './stacks/parts/proofs.mts'
export { site } from './stacks/parts/site.mts'
export { vaultAuth, vaultSecret } from './stacks/parts/vault.mts'
export { patch, patchComponents } from './stacks/patch.mts'
export { component, stack } from './stacks/stack.mts'

export type { Body, Stage } from './deploy/story.mts'
export type { Code, Exit, Failure } from './error.mts'
export type { KubeObject, Ref } from './kube/object.mts'
export type { ProofSpec, Proven } from './proof/spec.mts'
export type { Report } from './report/report.mts'
export type { Settings } from './settings/settings.mts'
export type { Component, Context, Stack } from './stacks/stack.mts'
