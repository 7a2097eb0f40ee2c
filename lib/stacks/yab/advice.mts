import type { Settings } from './settings.mts'
import { schemeOf } from './switches.mts'

/** What an operator should know although nothing is wrong: the risks that the settings leave open. */
export function advice(settings: Settings): string[] {
  const { api, worker, tls, observability } = settings
  const rows: [boolean, string][] = [
    [schemeOf(settings) === 'http', 'users come in by plain HTTP: tls.from=issuer as soon as DNS and issuer are there'],
    [
      tls.from === 'issuer' && tls.issuer === 'letsencrypt-staging',
      'no browser trusts letsencrypt-staging, and proofs do only with its root: edge.caFile, or tls.issuer=letsencrypt-prod',
    ],
    [
      api.enabled && api.autoscaling.enabled && !observability.enabled,
      'the autoscaler counts CPU alone and does not see slow answers: observability.enabled=true alerts on them',
    ],
    [
      worker.enabled && worker.replicaCount > 1,
      'several workers take jobs out of their order: worker.idempotent=true says that this is tested',
    ],
  ]
  return rows.filter(([holds]) => holds).map(([, says]) => says)
}
