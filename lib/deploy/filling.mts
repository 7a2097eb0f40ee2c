import { withSecretData } from '../stacks/parts/secret.mts'
import type { Desired } from '../stacks/stack.mts'
import type { Stage } from './story.mts'

/**
 * The desired state as it is sent: Secrets that come from the operator's environment hold their values, and the report
 * knows each of them before anything is asked or printed. Errors: `secret-missing`.
 */
export function fillSecrets(desired: Desired, { settings, redactor }: Pick<Stage, 'settings' | 'redactor'>): Desired {
  return withSecretData(desired, (variable) => {
    const value = settings.variable(variable)
    if (value !== undefined) redactor.learn(value)
    return value
  })
}
