import type { z } from 'zod'
import { commonSettings } from '../../lib/stacks/common.mts'
import { render } from '../../lib/stacks/render.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import yab from '../../lib/stacks/yab.mts'
import { environments, settings } from '../../lib/stacks/yab/settings.mts'

interface Said {
  environment?: keyof typeof environments
  own?: z.input<typeof settings>
  common?: z.input<typeof commonSettings>
  tags?: Record<string, string>
  namespace?: string
  files?: Record<string, string>
}

export const TAG = 'sha-4f1c2ab'
export const DOMAIN = 'yab.acme.dev'

/** yab with an environment's preset and what an operator said above it. */
export function yabWith({ environment = 'production', own = {}, common = {}, ...said }: Said = {}): Desired {
  const { tags = {}, ...rest } = said
  return render(yab, {
    environment,
    tags: { api: TAG, web: TAG, admin: TAG, ...tags },
    common: commonSettings.parse(common),
    own: settingsWith(environment, own),
    ...rest,
  })
}

/** What the schema makes of a preset, a domain, and an operator's words; throws where it refuses them. */
export function settingsWith(environment: keyof typeof environments, own: object) {
  return settings.parse(below({ domain: DOMAIN, ...environments[environment] }, own))
}

/** Why the schema refuses an operator's words. */
export function refusals(own: object): string[] {
  const { error } = settings.safeParse(own)
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`)
}

function below(low: object, high: object): object {
  const merged: Record<string, unknown> = { ...low }
  for (const [key, value] of Object.entries(high)) {
    const under = merged[key]
    merged[key] = isMap(under) && isMap(value) ? below(under, value) : value
  }
  return merged
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const SEALED = `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: api-env
  namespace: apps
  creationTimestamp: null
spec:
  encryptedData:
    DATABASE_URL: AgBy3i4OJSWK
    REDIS_URL: AgCtrXQ2Bv7f
`

/** A file as kubeseal writes it. */
export const SEALED_FILE = { 'sealed/api-env.yaml': SEALED } as const

/** One rendering of each kind: what is different from it in many ways. */
export const VARIANTS: readonly Desired[] = [
  yabWith(),
  yabWith({ environment: 'staging' }),
  yabWith({ environment: 'local' }),
  yabWith({
    own: {
      observability: {
        enabled: true,
        otlpEndpoint: 'http://collector.observability:4318',
        grafana: { host: 'g.acme.dev' },
      },
      api: { autoscaling: { enabled: true }, disruptionBudget: { enabled: true }, serviceAccountToken: 'mounted' },
      worker: { enabled: true, command: ['python', '-m', 'app.worker'] },
      ops: true,
    },
    namespace: 'other',
  }),
  yabWith({ own: { admin: { enabled: false }, api: { enabled: false }, tls: { from: 'existing' } } }),
  yabWith({ own: { secrets: 'sealed', sealedSecrets: Object.keys(SEALED_FILE) }, files: SEALED_FILE }),
]
