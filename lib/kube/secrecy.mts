import { Redactor } from '../report/redact.mts'
import type { KubeObject } from './object.mts'

/** Takes an object's secret values out of the words of a refusal; other kinds pass. */
export function scrubberFor(object: KubeObject): (text: string) => string {
  if (object.kind !== 'Secret') return (text) => text
  const redactor = new Redactor()
  const { data, stringData } = object as Held
  for (const value of [data, stringData].flatMap(valuesIn)) {
    redactor.learn(value)
    redactor.learn(Buffer.from(value, 'base64').toString())
  }
  // A value of the wrong type is quoted by the server in Go's own form: `got &value.valueUnstructured{Value:12}`.
  return (text) => redactor.scrub(text).replace(/, got .*$/s, ', got another type')
}

/** A Secret as somebody wrote it. */
interface Held {
  data?: unknown
  stringData?: unknown
}

function valuesIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return []
  return Object.values(part)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .filter((value) => value !== undefined)
}

/** Tells every value of a Secret, decoded, before anybody else sees the object or it is sent; other kinds hold none. */
export function tellSecrets<T extends KubeObject>(object: T, learn: ((value: string) => void) | undefined): T {
  if (learn === undefined || object.kind !== 'Secret') return object
  const { data, stringData } = object as Held
  for (const value of valuesIn(data)) learn(Buffer.from(value, 'base64').toString())
  for (const value of valuesIn(stringData)) learn(value)
  return object
}
