import { DeployError } from '../error.mts'
import { formatRef, keyOf, refOf } from '../kube/object.mts'
import { suggest } from '../report/suggest.mts'
import type { Component } from './stack.mts'

/**
 * The components in an order in which each stands behind what it needs, otherwise as they were declared. Throws
 * `broken-stack` on a name that is used twice, an object that stands twice, an unknown need or a circle.
 */
export function inOrder(stack: string, components: readonly Component[]): Component[] {
  refuseTwice(stack, components)
  refuseUnknown(stack, components)
  const done: Component[] = []
  let left = [...components]
  while (left.length > 0) {
    const next = left.find(({ needs }) => needs.every((need) => done.some(({ name }) => name === need)))
    if (next === undefined) throw circle(stack, left)
    done.push(next)
    left = left.filter((component) => component !== next)
  }
  return done
}

/** Without the components that have no objects (a switch took them away), and without the needs of those. */
export function withoutEmpty(components: readonly Component[]): Component[] {
  const empty = new Set(components.filter(({ objects }) => objects.length === 0).map(({ name }) => name))
  return components
    .filter(({ name }) => !empty.has(name))
    .map((component) => ({ ...component, needs: component.needs.filter((need) => !empty.has(need)) }))
}

function refuseTwice(stack: string, components: readonly Component[]): void {
  const names = new Set<string>()
  const owners = new Map<string, string>()
  for (const { name, objects } of components) {
    if (names.has(name)) throw broken(stack, `two components are called ${name}`, 'give one of them another name')
    names.add(name)
    for (const ref of objects.map(refOf)) {
      const owner = owners.get(keyOf(ref))
      const says = `${formatRef(ref)} stands twice, in ${owner} and in ${name}`
      if (owner !== undefined) throw broken(stack, says, 'take one of them away')
      owners.set(keyOf(ref), name)
    }
  }
}

function refuseUnknown(stack: string, components: readonly Component[]): void {
  const names = components.map(({ name }) => name)
  for (const { name, needs } of components) {
    const unknown = needs.find((need) => !names.includes(need))
    if (unknown === undefined) continue
    const meant = suggest(unknown, names)
    const hint = meant === undefined ? `its components are ${names.join(', ')}` : `did you mean ${meant}?`
    throw broken(stack, `component ${name} needs ${unknown}, which is not there`, hint)
  }
}

function circle(stack: string, left: readonly Component[]): DeployError {
  const start = left[0]?.name ?? ''
  const path = [start]
  let at = start
  do {
    const needs = left.find(({ name }) => name === at)?.needs ?? []
    at = needs.find((need) => left.some(({ name }) => name === need)) ?? start
    path.push(at)
  } while (!path.slice(0, -1).includes(at))
  const round = path.slice(path.indexOf(at)).join(' → ')
  return broken(stack, `components wait for each other: ${round}`, 'take one of these needs away')
}

function broken(stack: string, says: string, next: string): DeployError {
  return new DeployError({ code: 'broken-stack', says: `Cannot render ${stack}: ${says}`, next })
}
