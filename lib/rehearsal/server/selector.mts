import type { KubeObject } from '../../kube/object.mts'
import { wordOf } from '../objects/setting.mts'
import { badRequest } from './refused.mts'

/** Whether an object is meant. */
export type Selector = (object: KubeObject) => boolean

/** A label selector as a query has it: `a=b,c!=d,e in (f,g),h,!i`. */
export function labelSelector(text: string): Selector {
  const tests = split(text).map(labelTest)
  return ({ metadata: { labels = {} } }) => tests.every((test) => test(labels))
}

type Test = (labels: Readonly<Record<string, string>>) => boolean

function labelTest(term: string): Test {
  const [, key = '', operator, list = ''] = /^(\S+)\s+(in|notin)\s+\((.*)\)$/.exec(term) ?? []
  if (operator !== undefined) {
    const values = list.split(',').map((value) => value.trim())
    const has = (labels: Readonly<Record<string, string>>): boolean => values.includes(labels[key] ?? '')
    return operator === 'in' ? (labels) => key in labels && has(labels) : (labels) => !(key in labels) || !has(labels)
  }
  if (/^![^=]+$/.test(term)) return (labels) => !(term.slice(1).trim() in labels)
  const [, name = '', sign, value = ''] = /^([^=!\s]+)\s*(==|=|!=)\s*(.*)$/.exec(term) ?? []
  if (sign === undefined) return bare(term)
  return sign === '!=' ? (labels) => labels[name] !== value : (labels) => labels[name] === value
}

function bare(term: string): Test {
  if (!/^[A-Za-z0-9._/-]+$/.test(term)) throw badRequest(`unable to parse requirement: found '${term}'`)
  return (labels) => term in labels
}

/** Commas between terms, not those inside brackets. */
function split(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '')
}

/** A field selector: `metadata.name=x,status.phase!=Failed`. Any path of the object can be asked, as a text. */
export function fieldSelector(text: string): Selector {
  const tests = split(text).map((term) => {
    const [, path = '', sign, value = ''] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? []
    if (sign === undefined) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`)
    return (object: KubeObject): boolean => (textAt(object, path) === value) === (sign !== '!=')
  })
  return (object) => tests.every((test) => test(object))
}

function textAt(object: unknown, path: string): string {
  let at = object
  for (const key of path.split('.')) at = (at as Record<string, unknown> | undefined)?.[key]
  return at === undefined || at === null ? '' : wordOf(at)
}
