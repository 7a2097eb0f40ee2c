import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from '../../lib/health/judge.mts'
import { told } from '../health/pods.mts'
import { recorded, recordedMoments } from '../health/recorded.mts'
import { STORIES } from '../record/stories.mts'
import type { Story } from '../record/story.mts'
import { castOf } from './casting.mts'
import { play, type Played } from './playing.mts'
import { sayingsOf } from './sayings.mts'

// Every story that was recorded on a real node, played again by the rehearsal's controllers: the same applies, the same
// moments, on a clock that stands. What the judges make of it and what the cluster says must be the same.

/** Moments at which the real cluster was caught between two of its own steps, which are one step here. */
const EARLIER: Readonly<Record<string, string>> = {
  // The Deployment's controller had not answered yet when the pod was already refused.
  'no-room/first-try': 'progressing waiting for a node (unschedulable)',
  // The same of a StatefulSet whose status was not written yet.
  'storage-waits-for-its-pod/unbound': 'progressing waiting for a node',
}

const CANCELED =
  'event Pod Warning Unhealthy: Readiness probe errored and resulted in unknown state: rpc error: code = Canceled desc = context canceled'
const BACK_OFF = (story: string): string =>
  `event Pod Warning BackOff: Back-off restarting failed container alembic-migrate in pod api-HASH-SUFFIX_rec-${story}(UID)`

/** Sentences that only one of the two says, and why. */
const UNLIKE: Readonly<Record<string, { why: string; recorded?: readonly string[]; played?: readonly string[] }>> = {
  'no-room': {
    why: 'the first recorded moment lies between two steps of the Deployment controller',
    recorded: ['condition Deployment Progressing=True NewReplicaSetCreated: Created new replica set "api-HASH"'],
  },
  'no-such-node': {
    why: 'as no-room',
    recorded: ['condition Deployment Progressing=True NewReplicaSetCreated: Created new replica set "api-HASH"'],
  },
  'job-fails': {
    why: 'the kubelet published a container that had ended before the phase that follows from it',
    recorded: ['condition Pod PodReadyToStartContainers=True : ', 'phase Pending'],
  },
  'slow-start': {
    why: 'one probe of the loaded node ran into its own timeout',
    recorded: [
      'event Pod Warning Unhealthy: Readiness probe failed: command timed out: "sh -c test -f /tmp/up" timed out after 1s',
    ],
  },
  'liveness-kill': {
    why: 'the kubelet asked a container that it was just killing',
    recorded: [
      'event Pod Warning Unhealthy: Readiness probe errored and resulted in unknown state: rpc error: code = Unknown desc = failed to exec in container: container is in CONTAINER_EXITED state',
    ],
  },
  upgrade: { why: 'exec probes of a container that is being stopped are cut off', recorded: [CANCELED] },
  'statefulset-stuck': {
    why: 'as upgrade; and the back-off is published a second after the crash, not at the next look at the pod',
    recorded: [CANCELED],
    played: [
      'container api waits CrashLoopBackOff: back-off 10s restarting failed container=api pod=store-0_rec-statefulset-stuck(UID)',
    ],
  },
  'upgrade-image-missing': {
    why: 'the status of a failed pull was published after its back-off was announced',
    recorded: [
      'event Pod Normal BackOff: Back-off pulling image "registry.test/acme/api:nope"',
      'event Pod Warning Failed: Error: ImagePullBackOff',
    ],
  },
  'demo-bad-migration': {
    why: 'the back-off was announced before the second end was published',
    recorded: [BACK_OFF('demo-bad-migration')],
  },
  'demo-database-down': { why: 'as demo-bad-migration', recorded: [BACK_OFF('demo-database-down')] },
}

const moments = recordedMoments()
const performances = new Map<string, readonly Played[]>()

function performed(name: string, story: Story): readonly Played[] {
  const known = performances.get(name) ?? play(name, story, castOf(name))
  performances.set(name, known)
  return known
}

function recordingsOf(name: string): { moment: string; verdict: string; snapshot: Played['snapshot'] }[] {
  return moments
    .filter((moment) => moment.startsWith(`${name}/`))
    .map((path) => {
      const { subject, snapshot } = recorded(path)
      return { moment: path.replace(/^.*\/\d+-/, ''), verdict: told(judge(subject, snapshot)), snapshot }
    })
}

describe('stories of a real node, played by the rehearsal', () => {
  for (const [name, story] of Object.entries<Story>(STORIES)) {
    test(`startControllers() leads to the recorded verdicts in ${name}`, () => {
      const expected = recordingsOf(name).map(({ moment, verdict }) => [
        moment,
        EARLIER[`${name}/${moment}`] ?? verdict,
      ])
      assert.deepEqual(
        performed(name, story).map(({ moment, verdict }) => [moment, verdict]),
        expected,
      )
    })

    test(`startControllers() says what the real cluster said in ${name}`, () => {
      const there = sayingsOf(recordingsOf(name).map(({ snapshot }) => snapshot))
      const here = sayingsOf(performed(name, story).map(({ snapshot }) => snapshot))
      const { recorded: onlyThere = [], played: onlyHere = [] } = UNLIKE[name] ?? {}
      assert.deepEqual([...there].filter((saying) => !here.has(saying)).toSorted(), [...onlyThere].toSorted())
      assert.deepEqual([...here].filter((saying) => !there.has(saying)).toSorted(), [...onlyHere].toSorted())
    })
  }

  test('the recordings are all played', () => {
    const played = Object.entries<Story>(STORIES).flatMap(([name, { moments }]) =>
      moments.map((one) => `${name}/${one.name}`),
    )
    assert.deepEqual(moments.map((moment) => moment.replace(/\/\d+-/, '/')).toSorted(), played.toSorted())
  })
})
