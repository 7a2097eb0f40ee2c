import type { Container, PodSpec } from '../../kube/schema/types.mts'
import { amountOf } from '../objects/quantity.mts'

/** A quantity as a number: cores, bytes, pieces. */
export function amount(quantity: number | string | undefined): number {
  return quantity === undefined ? 0 : (amountOf(quantity) ?? 0)
}

/** What a pod asks for: its containers together, or its greediest init container. */
export function requestsOf(spec: PodSpec | undefined, resource: string): number {
  const asked = ({ resources }: Container): number =>
    amount(resources?.requests?.[resource] ?? resources?.limits?.[resource])
  const mains = (spec?.containers ?? []).reduce((sum, container) => sum + asked(container), 0)
  return Math.max(mains, ...(spec?.initContainers ?? []).map(asked))
}
