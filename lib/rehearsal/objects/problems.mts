import type { Problem } from '../server/refused.mts'

export type { Problem } from '../server/refused.mts'

export function invalidValue(field: string, value: unknown, why: string): Problem {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` }
}

export function forbiddenField(field: string, why: string): Problem {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${why}` }
}

export function requiredField(field: string, why?: string): Problem {
  return {
    reason: 'FieldValueRequired',
    field,
    message: why === undefined ? 'Required value' : `Required value: ${why}`,
  }
}

export function notSupported(field: string, value: unknown, words: readonly string[]): Problem {
  const supported = [...words]
    .sort()
    .map((word) => JSON.stringify(word))
    .join(', ')
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`
  return { reason: 'FieldValueNotSupported', field, message }
}

/** As `notSupported`, in the order in which the words are given. */
export function notListed(field: string, value: unknown, words: readonly string[]): Problem {
  const supported = words.map((word) => JSON.stringify(word)).join(', ')
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`
  return { reason: 'FieldValueNotSupported', field, message }
}

export function duplicateValue(field: string, value: unknown): Problem {
  return { reason: 'FieldValueDuplicate', field, message: `Duplicate value: ${JSON.stringify(value)}` }
}

export function unknownName(field: string, name: unknown): Problem {
  return { reason: 'FieldValueNotFound', field, message: `Not found: ${JSON.stringify(name)}` }
}

export function tooLong(field: string, bytes: number): Problem {
  return { reason: 'FieldValueTooLong', field, message: `Too long: may not be more than ${bytes} bytes` }
}
