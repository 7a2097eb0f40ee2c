import assert from 'node:assert/strict'
import type { z } from 'zod'
import type { KubeObject } from '../../lib/kube/object.mts'
import { commonSettings, type CommonSettings } from '../../lib/stacks/common.mts'
import type { Kinds } from '../../lib/stacks/patch.mts'
import reactbin from '../../lib/stacks/reactbin.mts'
import { render } from '../../lib/stacks/render.mts'
import type { Desired } from '../../lib/stacks/stack.mts'

interface Said {
  own?: z.input<typeof reactbin.settings>
  common?: z.input<typeof commonSettings>
  tags?: Record<string, string>
  namespace?: string
}

/** reactbin with what an operator said; tag abc unless said otherwise. */
export function reactbinWith({ own = {}, common = {}, tags = {}, namespace }: Said = {}): Desired {
  return render(reactbin, {
    environment: 'production',
    tags: { api: 'abc', ui: 'abc', ...tags },
    common: commonSettings.parse(common),
    own: reactbin.settings.parse(own),
    ...(namespace === undefined ? {} : { namespace }),
  })
}

/** The common settings of a stack that was told nothing. */
export function noCommon(): CommonSettings {
  return commonSettings.parse({})
}

export function objectsOf(desired: Desired): KubeObject[] {
  return desired.components.flatMap(({ objects }) => [...objects])
}

/** `kind/name` of every object; a Job without its hash. */
export function namesOf(desired: Desired): string[] {
  return objectsOf(desired).map(nameOf)
}

/** The one object of this kind and name; a Job by its declared name. */
export function find<K extends keyof Kinds>(desired: Desired, at: `${K}/${string}`): Kinds[K] {
  const found = objectsOf(desired).filter((object) => nameOf(object) === at)
  assert.equal(found.length, 1, `${at} is there once, in ${namesOf(desired).join(', ')}`)
  return found[0] as Kinds[K]
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${kind === 'Job' ? metadata.name.replace(/-[0-9a-f]{8}$/, '') : metadata.name}`
}

/** One rendering of each kind: defaults, everything that is there already, storage elsewhere, storage of its own, an operator's wishes. */
export const VARIANTS = [
  reactbinWith(),
  reactbinWith({ own: { secrets: 'existing', tls: { from: 'existing' } } }),
  reactbinWith({ own: { objectStorage: 'external' } }),
  reactbinWith({ own: { bucketUser: 'own', storage: { className: 'fast' } }, namespace: 'other' }),
  reactbinWith({
    common: { imagePullSecrets: ['regcred'], podSecurity: 'restricted', placement: { nodeSelector: { disk: 'ssd' } } },
  }),
]
