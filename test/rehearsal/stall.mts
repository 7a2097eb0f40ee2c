import { z } from 'zod'
import { httpApp } from '../../lib/stacks/parts/http.mts'
import { deployment, fresh, migrated } from '../../lib/stacks/parts/proofs.mts'
import { component, stack } from '../../lib/stacks/stack.mts'

/** One API with its migration and nothing else: what hundreds of runs can afford. */
export const stall = stack({
  name: 'shop',
  images: { api: 'reactbin-api' },
  settings: z.strictObject({}),
  components: ({ image }) => [
    component(
      'api',
      httpApp({
        name: 'api',
        image: image('api'),
        port: 8000,
        health: '/api/v1/health',
        uid: 1001,
        migration: { name: 'alembic-migrate', command: ['alembic', 'upgrade', 'head'] },
        drain: 1,
        ready: { delay: 1, period: 1 },
      }),
    ),
  ],
  proofs: () => [migrated('api', 'alembic-migrate'), fresh(deployment('api'))],
})
