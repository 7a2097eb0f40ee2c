import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as fc from 'fast-check'
import { DeployError } from '../../lib/error.mts'
import { inOrder } from '../../lib/stacks/graph.mts'
import { component, type Component } from '../../lib/stacks/stack.mts'
import { configMap } from './toy.mts'

const of = (name: string, ...needs: string[]) => component(name, configMap(name), { needs })
const names = (components: readonly Component[]) => components.map(({ name }) => name)

function says(...components: Component[]): string {
  try {
    inOrder('toy', components)
  } catch (error) {
    assert.ok(error instanceof DeployError)
    assert.equal(error.code, 'broken-stack')
    return `${error.message} → ${error.next}`
  }
  return assert.fail('it was taken')
}

suite('inOrder()', () => {
  test('inOrder() keeps the declared order where needs allow it', () => {
    assert.deepEqual(names(inOrder('toy', [of('c', 'a'), of('a'), of('b')])), ['a', 'c', 'b'])
    assert.deepEqual(names(inOrder('toy', [of('b'), of('a')])), ['b', 'a'])
  })

  test('inOrder() names an unknown need, and the component that was meant', () => {
    assert.match(says(of('secrets'), of('api', 'secret')), /component api needs secret.*did you mean secrets\?/)
    assert.match(says(of('api', 'vault')), /api needs vault.*its components are api/)
  })

  test('inOrder() shows a circle as it goes round', () => {
    assert.match(says(of('x', 'a'), of('a', 'b'), of('b', 'c'), of('c', 'a')), /a → b → c → a/)
    assert.match(says(of('a', 'a')), /a → a/)
  })

  test('inOrder() names a component or an object that stands twice', () => {
    assert.match(says(of('a'), of('a')), /two components are called a/)
    assert.match(says(of('a'), component('b', configMap('a'))), /configmap\/a stands twice, in a and in b/)
  })

  test('inOrder() tells an object from its namesake in another namespace and of another API version from a twin', () => {
    assert.doesNotThrow(() => inOrder('toy', [component('a', [configMap('x', 'one'), configMap('x', 'two')])]))
    const at = (apiVersion: string) => ({ apiVersion, kind: 'HorizontalPodAutoscaler', metadata: { name: 'x' } })
    assert.match(says(component('a', [at('autoscaling/v1'), at('autoscaling/v2')])), /stands twice/)
  })

  test('inOrder() puts every component once, behind all that it needs', () => {
    // Needs point to earlier ones only, so there is no circle; then the order is shuffled.
    const graph = fc
      .array(fc.array(fc.nat(20), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
      .map((rows) =>
        rows.map((needs, at) => of(`n${at}`, ...new Set(at === 0 ? [] : needs.map((need) => `n${need % at}`)))),
      )
      .chain((components) => fc.shuffledSubarray(components, { minLength: components.length }))
    fc.assert(
      fc.property(graph, (components) => {
        const order = inOrder('toy', components)
        assert.deepEqual(names(order).sort(), names(components).sort())
        order.forEach(({ needs }, at) => assert.ok(needs.every((need) => names(order.slice(0, at)).includes(need))))
      }),
    )
  })
})
