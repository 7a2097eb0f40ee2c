import type { KubeObject } from '../../kube/object.mts'
import { labelProblems } from '../objects/naming.mts'
import { wordOf } from '../objects/setting.mts'
import { badRequest } from './refused.mts'

/** Whether an object is meant. */
export type Selector = (object: KubeObject) => boolean

type Labels = Readonly<Record<string, string>>
type Test = (labels: Labels) => boolean

/** A label selector as a query has it: `a=b,c!=d,e in (f,g),h,!i`. 400 in the server's words where it is none. */
export function labelSelector(text: string): Selector {
  const tests = new Reader(text).tests()
  return ({ metadata: { labels = {} } }) => tests.every((test) => test(labels))
}

const TOKEN = /\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)/y

/** Reads a selector word by word (apimachinery/pkg/labels/selector.go). */
class Reader {
  readonly #words: string[] = []
  #at = 0

  constructor(text: string) {
    TOKEN.lastIndex = 0
    for (let found = TOKEN.exec(text); found !== null; found = TOKEN.exec(text)) this.#words.push(found[1] ?? '')
  }

  tests(): Test[] {
    const tests: Test[] = []
    while (this.#peek() !== '') {
      tests.push(this.#requirement())
      const next = this.#next()
      if (next === '') break
      if (next !== ',') throw badRequest(`found '${next}', expected: ',' or 'end of string'`)
      if (this.#peek() === '') throw badRequest("found '', expected: identifier after ','")
    }
    return tests
  }

  #peek(): string {
    return this.#words[this.#at] ?? ''
  }

  #next(): string {
    this.#at += 1
    return this.#words[this.#at - 1] ?? ''
  }

  #requirement(): Test {
    const first = this.#next()
    if (first === '!') {
      const name = this.#name(this.#next())
      return (labels) => !(name in labels)
    }
    if (!isWord(first)) throw badRequest(`found '${first}', expected: !, identifier, or 'end of string'`)
    const name = this.#name(first)
    const sign = this.#peek()
    if (sign === '' || sign === ',') return (labels) => name in labels
    this.#next()
    if (sign === '=' || sign === '==') return equal(name, this.#value())
    if (sign === '!=') return not(equal(name, this.#value()))
    if (sign === 'in' || sign === 'notin') return among(name, this.#values(), sign)
    throw unparsed(`found '${sign}', expected: in, notin, =, ==, !=, gt, lt`)
  }

  #name(name: string): string {
    const [wrong] = labelProblems({ [name]: '' }, '<nil>')
    if (wrong !== undefined) throw unparsed(`<nil>: ${wrong.message}`)
    return name
  }

  #value(): string {
    return isWord(this.#peek()) ? this.#next() : ''
  }

  #values(): string[] {
    const open = this.#next()
    if (open !== '(') throw unparsed(`found '${open}' expected: '('`)
    const values: string[] = []
    for (;;) {
      values.push(this.#value())
      const next = this.#next()
      if (next === ')') return values
      if (next !== ',') throw unparsed(`found '${next}', expected: ',' or ')'`)
    }
  }
}

function isWord(word: string): boolean {
  return /^[^\s=!<>(),]+$/.test(word)
}

function unparsed(why: string): Error {
  return badRequest(`unable to parse requirement: ${why}`)
}

function equal(name: string, value: string): Test {
  return (labels) => labels[name] === value
}

function not(test: Test): Test {
  return (labels) => !test(labels)
}

function among(name: string, values: readonly string[], sign: 'in' | 'notin'): Test {
  const inside: Test = (labels) => name in labels && values.includes(labels[name] ?? '')
  return sign === 'in' ? inside : not(inside)
}

/** What each kind's objects can be selected by, beside their names (pkg/apis/core/v1/conversion.go and its like). */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  Event: [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
      (field) => `involvedObject.${field}`,
    ),
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  Secret: ['type'],
  Namespace: ['status.phase'],
  Node: ['spec.unschedulable'],
  ReplicaSet: ['status.replicas'],
  Job: ['status.successful'],
  Service: ['spec.clusterIP', 'spec.type'],
}
const NAMES = ['metadata.name', 'metadata.namespace']

/** A field selector: `metadata.name=x,status.phase!=Failed`. 400 for a field that the kind is not selected by. */
export function fieldSelector(text: string, kind: string): Selector {
  const terms = text.split(',').filter((term) => term !== '')
  const tests = terms.map((term) => {
    const [, path = '', sign, value = ''] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? []
    if (sign === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`)
    const own = FIELDS[kind]
    if (!NAMES.includes(path) && own?.includes(path) !== true) throw unselected(path, own !== undefined)
    return (object: KubeObject): boolean => (textAt(object, path) === value) === (sign !== '!=')
  })
  return (object) => tests.every((test) => test(object))
}

function unselected(path: string, own: boolean): Error {
  if (own) return badRequest(`field label not supported: ${path}`)
  return badRequest(
    `"${path}" is not a known field selector: only ${NAMES.map((name) => JSON.stringify(name)).join(', ')}`,
  )
}

function textAt(object: unknown, path: string): string {
  let at = object
  for (const key of path.split('.')) at = (at as Record<string, unknown> | undefined)?.[key]
  return at === undefined || at === null ? '' : wordOf(at)
}
