import assert from 'node:assert/strict'
import type { z } from 'zod'
import { commonSettings } from '../../lib/stacks/common.mts'
import { defaultInput } from '../../lib/stacks/defaults.mts'
import { render } from '../../lib/stacks/render.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import wrightnow from '../../lib/stacks/wrightnow.mts'
import { find } from './rendered.mts'

interface Said {
  own?: z.input<typeof wrightnow.settings>
  tags?: Record<string, string>
}

/** wrightnow with what an operator said. */
export function wrightnowWith({ own = {}, tags = {} }: Said = {}): Desired {
  return render(wrightnow, {
    environment: 'staging',
    tags,
    common: commonSettings.parse({}),
    own: wrightnow.settings.parse(own),
  })
}

/** wrightnow as an environment has it where nobody says anything. */
export function wrightnowIn(environment: string): Desired {
  return render(wrightnow, defaultInput(wrightnow, environment))
}

/** The one container of a workload. */
export function containerOf(desired: Desired, at: `Deployment/${string}` | `StatefulSet/${string}`) {
  const found = find(desired, at)
  const [container, ...others] = found.spec?.template.spec?.containers ?? []
  assert.ok(container !== undefined && others.length === 0, `${at} has one container`)
  return container
}
