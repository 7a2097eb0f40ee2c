/** On every object of a stack and on its pods: one LIST a kind finds them, and another stack's objects are refused. */
export const STACK_LABEL = 'landfall.dev/stack'

/** On release records: the stack they belong to. */
export const RECORD_LABEL = 'landfall.dev/record'

/** On the lock's Lease: number of the live release. */
export const LIVE_ANNOTATION = 'landfall.dev/live-release'

/** On the lock's Lease: one run of one process, so that a lost answer can be read again. */
export const RUN_ANNOTATION = 'landfall.dev/run'

/** On the lock's Lease while a rollback holds it: the release it goes back to, so that one that was cut short is gone on with. */
export const ROLLBACK_ANNOTATION = 'landfall.dev/rollback-to'

/** On the lock's Lease: the process that holds it, so that the same machine can tell whether it still lives. */
export const PROCESS_ANNOTATION = 'landfall.dev/process'

/** On pod templates: when a Secret or ConfigMap they read got new data, so that a change rolls the pods once. */
export const CONFIG_ANNOTATION = 'landfall.dev/config-changed-at'

/** On a Secret that is rendered without data: which keys get their value from which of the operator's variables. */
export const ENVIRONMENT_ANNOTATION = 'landfall.dev/from-environment'

/** The field manager of a stack's objects. Of its own: a shared one lets a second stack strip the first one's fields. */
export function managerOf(stack: string): string {
  return `landfall-${stack}`
}
