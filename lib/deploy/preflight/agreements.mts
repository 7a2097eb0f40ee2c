import { keyOf } from '../../kube/object.mts'
import type { Secret } from '../../kube/schema/types.mts'
import type { Live } from '../../kube/object.mts'
import type { Agreement, Told } from '../../stacks/stack.mts'
import type { Checked } from '../preflight.mts'
import { configRef } from '../survey.mts'
import type { Row } from '../types.mts'

/** Things that must say the same: compared without ever showing a Secret's value. */
export function agreementRows(checked: Checked): Row[] {
  return checked.desired.agreements.map((agreement) => agreementRow(agreement, checked))
}

function agreementRow(agreement: Agreement, checked: Checked): Row {
  const [left = [], right = []] = [agreement.left, agreement.right].map((told) =>
    valuesOf(told, agreement.namespace, checked),
  )
  if (left.length === 0 || right.length === 0) {
    return {
      name: agreement.about,
      state: 'unknown',
      says: `cannot compare ${agreement.about} yet: not there or not readable`,
    }
  }
  if (left.some((value) => right.includes(value))) return { name: agreement.about, state: 'ok', says: 'agree' }
  return {
    name: agreement.about,
    state: 'blocking',
    code: agreement.code,
    says: `Cannot work as declared: ${agreement.about} differ`,
    next: agreement.next,
  }
}

/** Every spelling that counts as what was told; none where it is not known yet. */
function valuesOf(told: Told, namespace: string, { survey }: Checked): string[] {
  if ('literal' in told) return [told.literal, ...(told.also ?? [])]
  const found = survey.configs.get(keyOf(configRef('Secret', namespace, told.secret)))
  if (found?.state !== 'there') return []
  const encoded = (found.object as Live<Secret>).data?.[told.key]
  return encoded === undefined ? [] : [Buffer.from(encoded, 'base64').toString('utf8')]
}
