import { DeployError } from '../../lib/error.mts'
import type { Proven } from '../../lib/proof/spec.mts'
import type { Report } from '../../lib/report/report.mts'

export const PROVEN: Proven = {
  spec: { kind: 'serves', name: 'health', host: 'reactbin.localhost', path: '/api/v1/health', status: 200 },
  state: 'passed',
  says: 'health 200 ×3',
  repeat: 'curl --resolve reactbin.localhost:443:10.0.0.4 https://reactbin.localhost/api/v1/health',
}

/** An upgrade that goes well, as a script tells it. */
export function deployTold(report: Report): void {
  report.where({
    stack: 'reactbin',
    context: 'k3s-prod',
    server: 'https://10.0.0.4:6443',
    user: 'deployer',
    namespace: 'reactbin',
  })
  planTold(report)
  report.component('secrets', { state: 'ready', detail: 'api-env', since: 400 })
  report.component('api', { state: 'progressing', detail: 'migrating: 3f2a → 9bc1', since: 6100 })
  report.component('api', { state: 'ready', detail: '1/1, old pods gone', since: 11_800 })
  report.traffic({ asked: 63, failed: 0, builds: ['abc', 'abd'], says: '' })
  provenTold(report)
}

export function failure(...evidence: string[]): DeployError {
  const next = 'fix the migration and deploy again'
  return new DeployError({ code: 'migration-failed', says: 'alembic upgrade head exited 1', evidence, next })
}

function planTold(report: Report): void {
  report.plan({
    elapsed: 312,
    base: 41,
    objects: [
      { ref: 'service/reactbin/ui', action: 'create', changes: [], warnings: [] },
      {
        ref: 'deployment/reactbin/api',
        action: 'update',
        changes: [
          { path: 'spec.template.spec.containers.api.image', from: 'api:abc', to: 'api:abd' },
          { path: 'spec.paused', from: 'true' },
        ],
        warnings: ['autoscaling/v1 is deprecated'],
      },
      { ref: 'service/reactbin/api', action: 'unchanged', changes: [], warnings: [] },
    ],
  })
  report.preflight([
    { name: 'permissions', state: 'ok', says: 'all' },
    {
      name: 'dns',
      state: 'warning',
      says: 'reactbin.localhost is in no public DNS',
      next: 'add an A record for 10.0.0.4',
    },
    { name: 'quota', state: 'unknown', says: 'cannot check: no permission' },
  ])
}

function provenTold(report: Report): void {
  const { spec } = PROVEN
  report.proof(PROVEN)
  report.proof({ ...PROVEN, spec: { ...spec, name: 'certificate' }, says: 'certificate 71 days', repeat: '' })
  report.proof({
    spec: { ...spec, name: 'dns' },
    state: 'advice',
    says: 'reactbin.localhost is in no public DNS',
    repeat: 'dig reactbin.localhost',
  })
  report.release({
    number: 42,
    elapsed: 12_900,
    slo: 120_000,
    held: true,
    shares: [
      { name: 'api', ms: 8200 },
      { name: 'proof', ms: 1100 },
    ],
    requests: { reads: 40, writes: 2, dryRuns: 17 },
  })
}
