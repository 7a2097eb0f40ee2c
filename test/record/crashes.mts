import type { KubeObject } from '../../lib/kube/object.mts'
import { AT_TMP, deployment, nth, pod, shell, TMP } from './made.mts'
import type { Moment, Story } from './story.mts'
import * as when from './watchfor.mts'

const crashing = (script: string, more = {}): KubeObject =>
  deployment(pod(shell('api', script, { ...AT_TMP, ...more }), TMP))

const twoCrashes: Moment[] = [
  { name: 'first-crash', when: when.terminated(/./, 0) },
  { name: 'second-crash', when: when.waiting(/CrashLoop/, 1) },
]
const fourCrashes: Moment[] = [
  ...twoCrashes,
  { name: 'third-crash', when: when.waiting(/CrashLoop/, 2) },
  { name: 'fourth-crash', when: when.waiting(/CrashLoop/, 3) },
]

/** Containers that run and end. */
export const CRASHES = {
  'crash-import-error': {
    subject: crashing(
      `echo 'Traceback (most recent call last):' >&2; echo "ModuleNotFoundError: No module named 'app.main'" >&2; exit 1`,
    ),
    moments: twoCrashes,
  },
  'crash-silent': { subject: crashing('exit 1'), moments: fourCrashes },
  'crash-dependency': {
    subject: crashing(
      `echo 'redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.' >&2; exit 1`,
    ),
    moments: fourCrashes,
  },
  'crash-thrice-then-healthy': {
    subject: crashing(`${nth(3, 'echo not yet; exit 1')}; trap "exit 0" TERM; sleep 3600 & wait`),
    moments: [
      ...twoCrashes,
      { name: 'third-crash', when: when.waiting(/CrashLoop/, 2) },
      { name: 'up', when: when.available(1, 1) },
      { name: 'stayed-up', when: when.lasting(when.available(1, 1), 6) },
    ],
  },
  'crash-after-a-second': {
    subject: crashing('sleep 1; exit 1'),
    moments: [{ name: 'called-ready', when: when.available(1, 1) }, ...twoCrashes],
  },
  'out-of-memory': {
    subject: crashing('dd if=/dev/zero of=/dev/null bs=200M count=2', { resources: { limits: { memory: '16Mi' } } }),
    moments: twoCrashes,
  },
  'exit-127': {
    subject: crashing('nonesuch --serve'),
    moments: [{ name: 'first-exit', when: when.terminated(/Error/) }],
  },
} satisfies Record<string, Story>
