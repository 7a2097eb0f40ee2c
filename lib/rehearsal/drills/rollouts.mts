import type { KubeObject, Ref } from '../../kube/object.mts'
import type { Node, ResourceQuota } from '../../kube/schema/types.mts'
import type { Part, Script } from '../stage/script.mts'
import type { ImageRow } from '../stage/stage.mts'
import type { Player } from './cast.mts'
import type { Drill, Plot } from './drill.mts'
import { dying, exactly, lines, REFUSED, SQL_ERROR } from './words.mts'

const RELEASED = ['before']

/** Milliseconds for a run that ends because its time is up. */
const SHORT = 6_000

/** Time runs faster where a verdict needs many seconds of the cluster. */
const FAST = 20

/** What a rollout can die of. */
export const ROLLOUTS = {
  'migration-fails': {
    code: 'migration-failed',
    title: 'an upgrade whose migration has an SQL error; the old version goes on serving',
    needs: ['migration'],
    before: RELEASED,
    plot: ({ migration }) => plays(migration, { log: lines(600, ...SQL_ERROR), exit: { after: 700, code: 1 } }),
  },
  'migration-missing': {
    code: 'migration-missing',
    title: 'the image holds no alembic',
    needs: ['migration'],
    plot: ({ migration }) => plays(migration, { refuses: 'exec: "alembic": executable file not found in $PATH' }),
  },
  'migration-slow': {
    code: 'out-of-time',
    title: 'an upgrade whose migration takes longer than the whole time limit',
    needs: ['migration'],
    before: RELEASED,
    within: SHORT,
    plot: ({ migration }) =>
      plays(migration, {
        log: lines(
          600,
          'INFO  [alembic.runtime.migration] Running upgrade 3f2a9c1e5b74 -> 51ee90b7c3d4, a large table',
        ),
        exit: { after: 3_600_000, code: 0 },
      }),
  },
  'database-unreachable': {
    code: 'database-unreachable',
    title: 'the database refuses connections all the while',
    needs: ['migration'],
    before: RELEASED,
    within: SHORT,
    plot: ({ migration }) => plays(migration, dying(1, ...REFUSED)),
  },
  'image-missing': {
    code: 'image-missing',
    title: 'an upgrade to an image that was never pushed; the old version goes on serving',
    before: RELEASED,
    plot: ({ app }) => pulls(app, { fails: NOT_FOUND }),
  },
  'image-denied': {
    code: 'image-denied',
    title: 'the registry refuses the node',
    plot: ({ app }) => pulls(app, { fails: DENIED }),
  },
  'image-invalid': {
    code: 'image-invalid',
    title: 'the name of an image cannot be one',
    plot: ({ app }) => pulls(app, { invalid: 'repository name must be lowercase' }),
  },
  'config-missing': {
    code: 'config-missing',
    title: 'somebody deletes a Secret while its pods start',
    settings: { secrets: 'existing' },
    plot: ({ home, app }) => ({
      meanwhile:
        ({ store }) =>
        ({ type, object }) => {
          if (type !== 'ADDED' || object.kind !== app.owner.kind || object.metadata.name !== app.owner.name) return
          store.drop({ apiVersion: 'v1', kind: 'Secret', namespace: home, name: 'api-env' })
        },
    }),
  },
  'bucket-job-fails': {
    code: 'bucket-job-failed',
    title: "MinIO does not take the keys of the bucket's Job",
    needs: ['bucket job'],
    speed: FAST,
    plot: ({ bucketJob }) =>
      plays(bucketJob, dying(1, 'mc: <ERROR> Unable to make bucket. The Access Key Id you provided does not exist.')),
  },
  'job-fails': {
    code: 'job-failed',
    title: 'a Job fails at every attempt',
    needs: ['other job'],
    speed: FAST,
    plot: ({ otherJob }) => plays(otherJob, dying(3, 'cannot go on')),
  },
  'crash-loop': {
    code: 'crash-loop',
    title: 'the program ends at its start: a module is missing',
    speed: FAST,
    plot: ({ app }) =>
      plays(app, dying(1, 'Traceback (most recent call last):', "ModuleNotFoundError: No module named 'app.main'")),
  },
  'out-of-memory': {
    code: 'out-of-memory',
    title: 'the program needs more memory than its limit',
    speed: FAST,
    plot: ({ app }) => plays(app, { exit: { after: 800, code: 137, reason: 'OOMKilled' } }),
  },
  'cannot-run': {
    code: 'cannot-run',
    title: 'the image was built for another processor',
    plot: ({ app }) => plays(app, dying(255, 'exec /usr/local/bin/uvicorn: exec format error')),
  },
  unready: {
    code: 'unready',
    title: 'the new version starts but never answers its readiness probe; the old one goes on serving',
    before: RELEASED,
    within: SHORT,
    // Fast enough for the probes to have had their time, slow enough that liveness has not killed it twice.
    speed: 8,
    plot: ({ app }) =>
      plays(app, { ready: { after: 'never' }, log: lines(300, 'INFO:     Waiting for application startup.') }),
  },
  unschedulable: {
    code: 'unschedulable',
    title: 'no node has room for the pods',
    speed: FAST,
    plot: () => ({ changed: [{ ref: NODE, into: withoutRoom }] }),
  },
  'volume-stuck': {
    code: 'volume-stuck',
    title: 'the node cannot mount a volume',
    needs: ['volume'],
    speed: FAST,
    plot: ({ volume }) => ({
      stage: { volumes: [{ claim: exactly(volume?.claim ?? ''), reason: 'FailedMount', says: NOT_MOUNTED }] },
    }),
  },
  quota: {
    code: 'quota',
    title: 'a ResourceQuota refuses the second pod',
    speed: FAST,
    plot: ({ home }) => ({ objects: [namespace(home), quotaOf(home)] }),
  },
  admission: {
    code: 'admission',
    title: 'a policy of the cluster refuses the pods',
    speed: FAST,
    plot: ({ app }) => ({
      stage: {
        refusals: [
          {
            pod: new RegExp(`^${app.owner.name}-`),
            says: 'admission webhook "policy.acme.dev" denied the request: images must come from registry.acme.dev',
          },
        ],
      },
    }),
  },
  'vault-role-missing': {
    code: 'vault-failed',
    title: 'Vault does not know the role that the VaultAuth names',
    needs: ['Vault'],
    speed: FAST,
    plot: () => ({ stage: { vault: { troubles: [{ kind: 'VaultStaticSecret', ...NO_ROLE }] } } }),
  },
} satisfies Record<string, Drill>

const NOT_FOUND =
  'rpc error: code = NotFound desc = failed to pull and unpack image "$IMAGE": failed to resolve image: $IMAGE: not found'
const DENIED =
  'rpc error: code = Unknown desc = failed to pull and unpack image "$IMAGE": failed to resolve image: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed'
const NOT_MOUNTED =
  'MountVolume.SetUp failed for volume "pvc-7c1d" : mount failed: exit status 32: mount: wrong fs type, bad option, bad superblock on /dev/sdb'
const NO_ROLE = {
  reason: 'VaultClientConfigError',
  says: 'Failed to get Vault client: Error making API request. URL: PUT http://vault.vault.svc:8200/v1/auth/kubernetes/login Code: 400. Errors: * invalid role name "reactbin"',
}

const NODE: Ref = { apiVersion: 'v1', kind: 'Node', name: 'node-1' }

function withoutRoom(object: KubeObject): KubeObject {
  const node = object as Node
  return {
    ...node,
    status: { ...node.status, allocatable: { ...node.status?.allocatable, cpu: '100m' } },
  } as KubeObject
}

function partOf({ container, image, owner }: Player, plays: Script): Part {
  return { image: exactly(image), container: exactly(container), plays, pod: new RegExp(`^${owner.name}-`) }
}

function plays(player: Player | undefined, script: Script): Plot {
  return player === undefined ? {} : { stage: { parts: [partOf(player, script)] } }
}

function pulls({ image }: Player, row: Omit<ImageRow, 'image'>): Plot {
  return { stage: { images: [{ image: exactly(image), ...row }] } }
}

function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

function quotaOf(home: string): ResourceQuota {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'team', namespace: home },
    spec: { hard: { pods: '1' } },
  }
}
