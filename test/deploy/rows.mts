import assert from 'node:assert/strict'
import type { Checked } from '../../lib/deploy/preflight.mts'
import { configRef } from '../../lib/deploy/survey.mts'
import type { Found } from '../../lib/deploy/survey.mts'
import type { Action, Row, Step } from '../../lib/deploy/types.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import { keyOf, refOf } from '../../lib/kube/object.mts'
import type { Desired } from '../../lib/stacks/stack.mts'

export const { signal } = new AbortController()

export function inToy<T extends KubeObject>(object: T): T {
  return { ...object, metadata: { namespace: 'toy', ...object.metadata } }
}

export function live<T extends KubeObject>(object: T): Live<T> {
  return { ...object, metadata: { uid: `uid-${object.metadata.name}`, resourceVersion: '1', ...object.metadata } }
}

/** A step that writes the object. */
export function step(object: KubeObject, action: Action = 'create', paths: readonly string[] = []): Step {
  const placed = inToy(object)
  const changes = paths.map((path) => ({ path }))
  return { component: 'web', ref: refOf(placed), action, object: placed, changes, warnings: [] }
}

interface Around {
  found?: Record<string, Found>
  newNamespaces?: readonly string[]
  written?: Step[]
}

export function checked(desired: Desired, { found = {}, newNamespaces = [], written = [] }: Around = {}): Checked {
  const configs = new Map(Object.entries(found))
  const survey = { records: [], live: new Map(), pods: [], configs, unserved: [] }
  return { desired, survey, written, newNamespaces, signal }
}

/** What the survey found of a Secret or ConfigMap of the namespace. */
export function there(object: KubeObject): Record<string, Found> {
  const placed = live(inToy(object))
  return { [keyOf(refOf(placed))]: { state: 'there', object: placed } }
}

export function absent(
  kind: 'Secret' | 'ConfigMap',
  name: string,
  state: 'missing' | 'forbidden',
): Record<string, Found> {
  return { [keyOf(configRef(kind, 'toy', name))]: { state } }
}

/** `state code` of each row; every row that blocks says what to do. */
export function verdicts(rows: readonly Row[]): string[] {
  for (const row of rows) if (row.state === 'blocking') assert.ok(row.next, `${row.name} says what to do`)
  return rows.map(({ state, code }) => (code === undefined ? state : `${state} ${code}`))
}
