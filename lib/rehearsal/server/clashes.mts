import type { Clash } from '../apply/ownership.mts'
import { spoken } from '../apply/fields.mts'
import type { Manager } from '../apply/managers.mts'
import { Refused } from './refused.mts'

/** The refusal of an apply that would take fields from others, in the server's words. */
export function clashRefusal(clashes: readonly Clash[]): Refused {
  const said = clashes.map(({ owner, path }) => ({ owner: ownerWords(owner), field: spoken(path) }))
  const causes = said.map(({ owner, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${owner}`,
    field,
  }))
  const message = `Apply failed with ${said.length} conflict${said.length === 1 ? '' : 's'}: ${words(said)}`
  return new Refused({ status: 409, reason: 'Conflict', message, details: { causes } })
}

function words(said: readonly { owner: string; field: string }[]): string {
  const [only] = said
  if (said.length === 1 && only !== undefined) return `conflict with ${only.owner}: ${only.field}`
  const owners = [...new Set(said.map(({ owner }) => owner))].sort()
  return owners
    .map((owner) => {
      const fields = said.filter((one) => one.owner === owner).map(({ field }) => `- ${field}`)
      return [`conflicts with ${owner}:`, ...fields].join('\n')
    })
    .join('\n')
}

function ownerWords({ manager, operation, subresource, apiVersion }: Manager): string {
  const name = `${JSON.stringify(manager)}${subresource === undefined ? '' : ` with subresource ${JSON.stringify(subresource)}`}`
  if (operation === 'Apply') return name
  return `${name} using ${apiVersion}`
}
