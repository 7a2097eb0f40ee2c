import type { z } from 'zod'
import { commonSettings } from '../../lib/stacks/common.mts'
import pybase from '../../lib/stacks/pybase.mts'
import { settings } from '../../lib/stacks/pybase/settings.mts'
import { render } from '../../lib/stacks/render.mts'
import type { Desired } from '../../lib/stacks/stack.mts'

type Own = z.input<typeof settings>

interface Said {
  own?: Own
  common?: z.input<typeof commonSettings>
  namespace?: string
  environment?: string
}

/** Everything that can be elsewhere is. */
export const ELSEWHERE: Own = {
  externalServices: {
    databaseUrl: 'postgresql://keeper@db.acme.internal:5433/documents',
    redisUrl: 'rediss://default@cache.acme.internal:6380/0',
  },
  s3: { endpointUrl: 'https://s3.eu-central-1.amazonaws.com', bucket: 'acme-documents' },
  meilisearch: { host: 'https://search.acme.internal' },
}

/** PyBase with what an operator said; tag 1.4.0. */
export function pybaseWith({ own = {}, common = {}, namespace, environment = 'production' }: Said = {}): Desired {
  const tags = Object.fromEntries(
    ['api', 'extraction-worker', 'search-worker', 'frontend'].map((name) => [name, '1.4.0']),
  )
  return render(pybase, {
    environment,
    tags,
    common: commonSettings.parse(common),
    own: settings.parse(own),
    ...(namespace === undefined ? {} : { namespace }),
  })
}

/** What the schema says to these settings. */
export function complaints(own: Own): string[] {
  const parsed = settings.safeParse(own)
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
}

export const APPS = ['api', 'extraction-worker', 'search-worker', 'frontend'] as const
