import type { Component } from '../stacks/stack.mts'

/**
 * Runs every component as soon as what it needs is done; nothing waits for what it does not need. The first failure
 * aborts the signal that the others were given and is thrown once they have stopped.
 */
export async function runGraph(
  components: readonly Component[],
  signal: AbortSignal,
  run: (component: Component, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const started = new Map<string, Promise<void>>()
  const byName = new Map(components.map((component) => [component.name, component]))
  const start = (component: Component): Promise<void> => {
    const known = started.get(component.name)
    if (known !== undefined) return known
    const done = Promise.all(component.needs.flatMap((name) => needed(byName.get(name), start))).then(() =>
      run(component, either),
    )
    started.set(component.name, done)
    done.catch((error: unknown) => stop.abort(error))
    return done
  }
  const results = await Promise.allSettled(components.map(start))
  // The first failure is the reason; the others only stopped because of it.
  if (stop.signal.aborted && results.some(({ status }) => status === 'rejected')) throw stop.signal.reason
}

function needed(component: Component | undefined, start: (component: Component) => Promise<void>): Promise<void>[] {
  return component === undefined ? [] : [start(component)]
}
