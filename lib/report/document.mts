import { stringify } from 'yaml'
import type { Event } from './event.mts'
import { bodyOf } from './jsonlines.mts'

/** Version of the document that `-o json` and `-o yaml` end with; fields are added, never changed. */
export const API_VERSION = 'landfall.dev/v1'

/** Gathers a run into the one document that stands on stdout at its end. */
export class RunDocument {
  readonly #parts: Record<string, unknown> = {}
  readonly #components = new Map<string, object>()
  readonly #proofs: object[] = []
  readonly #notes: string[] = []

  add(event: Event): void {
    if (event.kind === 'component') this.#components.set(event.name, bodyOf(event))
    else if (event.kind === 'proof') this.#proofs.push(bodyOf(event))
    else if (event.kind === 'note') this.#notes.push(event.text)
    else if (event.kind === 'preflight') this.#parts[event.kind] = event.rows
    else this.#parts[event.kind] = bodyOf(event)
  }

  /** `outcome` is the code of the failure, or `done`. */
  whole(): object {
    const failure = this.#parts['failure'] as { code: string } | undefined
    return {
      apiVersion: API_VERSION,
      kind: 'Run',
      outcome: failure?.code ?? 'done',
      ...this.#parts,
      ...(this.#components.size > 0 ? { components: [...this.#components.values()] } : {}),
      ...(this.#proofs.length > 0 ? { proofs: this.#proofs } : {}),
      ...(this.#notes.length > 0 ? { notes: this.#notes } : {}),
    }
  }
}

/** Data as text: JSON, or YAML as kubectl reads it. A list of Kubernetes objects is a List, or documents. */
export function serialise(value: unknown, format: 'json' | 'yaml'): string {
  if (format === 'json') return `${JSON.stringify(areObjects(value) ? asList(value) : value, null, 2)}\n`
  return (areObjects(value) ? value.map(toYaml) : [toYaml(value)]).join('---\n')
}

// kubectl reads YAML 1.1, in which `no` and 0400 mean something else than in 1.2: what is ambiguous is quoted.
function toYaml(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })
}

function asList(items: readonly unknown[]): object {
  return { apiVersion: 'v1', kind: 'List', items }
}

function areObjects(value: unknown): value is readonly object[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item: unknown) => typeof item === 'object' && item !== null && 'apiVersion' in item && 'kind' in item)
  )
}
