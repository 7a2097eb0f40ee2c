import { yabStaging } from '../rehearsal/stage/yab.mts'
import type { ProofSpec } from '../proof/spec.mts'
import * as prove from './parts/proofs.mts'
import { component, stack, type Context } from './stack.mts'
import { oneBuild } from './tags.mts'
import { api, frontend, HEALTH, migrations } from './yab/apps.mts'
import { config } from './yab/config.mts'
import { edge, issuers } from './yab/edge.mts'
import { limits, namespaces } from './yab/limits.mts'
import { monitoring } from './yab/monitoring.mts'
import { nameOf, type App } from './yab/names.mts'
import { openings, policies } from './yab/network.mts'
import { secretObjects, secretsNeeded } from './yab/secrets.mts'
import { environments, settings, type Settings } from './yab/settings.mts'
import { advice } from './yab/advice.mts'
import { appsIn, certificateOf, hostOf, schemeOf, sitesIn, type Site } from './yab/switches.mts'
import { worker } from './yab/worker.mts'

const BASE = ['config', 'limits', 'policies']

/** yetanotherboilerplate: an API, a site for customers and one for administrators; each can be switched off. */
export default stack<Settings>({
  name: 'yab',
  images: { api: 'ghcr.io/yourorg/api', web: 'ghcr.io/yourorg/web', admin: 'ghcr.io/yourorg/admin' },
  settings,
  environments,
  namespace: 'apps',
  slo: 120_000,
  tagRule: oneBuild,
  rehearsal: { domain: 'yab.localhost' },
  staging: yabStaging,
  reads: (said) => said.sealedSecrets,

  components: (context) => [
    component('namespace', namespaces(context)),
    component('limits', limits(context.settings)),
    component('policies', policies(context)),
    component('config', config(context)),
    component('secrets', secretObjects(context)),
    component('issuers', issuers(context.settings)),
    component('migrations', migrations(context), { needs: [...BASE, 'secrets'] }),
    component('api', api(context), { needs: ['migrations'] }),
    component('worker', worker(context), { needs: [...BASE, 'secrets', 'migrations'] }),
    // A page of the new build must not meet the old API.
    component('web', frontend('web', context), { needs: [...BASE, 'api'] }),
    component('admin', frontend('admin', context), { needs: [...BASE, 'api'] }),
    component('edge', edge(context.settings), { needs: ['issuers'] }),
    component('monitoring', monitoring(context)),
  ],

  proofs: (context) => [
    ...sitesIn(context.settings).flatMap((app) => siteProofs(app, context)),
    ...runningProofs(context),
  ],

  secrets: secretsNeeded,
  advice: ({ settings: said }) => [...advice(said), ...openings(said)],

  health: ({ settings: said }) => {
    if (!sitesIn(said).includes('api')) return undefined
    const plain = schemeOf(said) === 'http' ? { scheme: 'http' as const } : {}
    return { ...plain, host: hostOf('api', said), path: HEALTH, revisionField: 'revision', buildField: 'build' }
  },
  tlsTimeout: ({ settings: { tls } }) => (tls.from === 'issuer' ? tls.timeout * 1000 : 0),
})

function siteProofs(app: Site, { settings: said, image, tag }: Context<Settings>) {
  const host = hostOf(app, said)
  const isPlain = schemeOf(said) === 'http'
  const serving = { app: nameOf(app), image: image(app), ...(isPlain ? { scheme: 'http' as const } : {}) }
  const asked =
    app === 'api'
      ? prove.serves('health', host, HEALTH, { ...serving, build: { field: 'build', is: tag('api') } })
      : prove.serves(app, host, '/', serving)
  const secure = [
    { ...prove.redirectsToHttps(host), name: `${app} redirect` },
    { ...prove.certified(host, certificateOf(app)), name: `${app} certificate` },
  ]
  const pages = app === 'api' || isPlain ? [] : [{ ...prove.fallsBack(host), name: `${app} fallback` }]
  return [asked, ...pages, ...(isPlain ? [] : secure), { ...prove.inDns(host), name: `${app} dns` }]
}

/** What runs, whether somebody comes in or not. */
function runningProofs({ settings: said, image }: Context<Settings>) {
  const served: readonly App[] = sitesIn(said)
  return appsIn(said).flatMap((app): ProofSpec[] => {
    const name = nameOf(app)
    if (app === 'migrations') return [prove.jobDone(name, 'migrations')]
    const isInside = app !== 'worker' && !served.includes(app)
    return [
      ...(isInside ? [prove.answers(prove.deployment(name), image(app))] : []),
      prove.fresh(prove.deployment(name)),
    ]
  })
}
