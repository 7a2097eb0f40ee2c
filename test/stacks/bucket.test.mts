import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { find, reactbinWith } from './rendered.mts'

const NASTY = `-p@ss:/?#[]%20 "'$(exit 9)\\ \`id\` ü`

// Notes its arguments, one line a call, and answers as it is told by FAIL (how often `alias` fails) and ATTACH.
const FAKE_MC = `#!/bin/sh
printf '%s|' "$@" >> calls
echo >> calls
case $1 in
  alias)
    echo x >> aliases
    lines=0
    while read -r line; do lines=$((lines + 1)); done < aliases
    [ "$lines" -gt "$FAIL" ] || { echo 'connection refused' >&2; exit 1; } ;;
  mb) exit "\${MB:-0}" ;;
esac
[ "$3" = attach ] && [ -n "$ATTACH" ] && { echo "$ATTACH"; exit 1; }
exit 0
`

function jobOf(own: NonNullable<Parameters<typeof reactbinWith>[0]>['own'] = {}) {
  return find(reactbinWith({ own: own ?? {} }), 'Job/minio-init-bucket')
}

/** Runs the Job's script where nothing is but sh, mc and sleep; says how it ended and what mc was asked. */
function runScript(job: ReturnType<typeof jobOf>, env: Record<string, string>) {
  const directory = mkdtempSync(join(tmpdir(), 'bucket-'))
  try {
    writeFileSync(join(directory, 'mc'), FAKE_MC)
    chmodSync(join(directory, 'mc'), 0o755)
    writeFileSync(join(directory, 'sleep'), '#!/bin/sh\nexit 0\n')
    chmodSync(join(directory, 'sleep'), 0o755)
    symlinkSync('/bin/sh', join(directory, 'sh'))
    const container = job.spec?.template.spec?.containers[0]
    const literals = (container?.env ?? []).flatMap(({ name, value }) =>
      value === undefined ? [] : [[name, value] as const],
    )
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', container?.args?.[0] ?? ''], {
      cwd: directory,
      env: { PATH: directory, FAIL: '0', ...Object.fromEntries(literals), MC_CONFIG_DIR: directory, ...env },
      encoding: 'utf8',
    })
    const calls = readFileSync(join(directory, 'calls'), 'utf8').trimEnd().split('|\n')
    const words = (line: string) => line.replaceAll(directory, 'DIR').replace(/\|$/, '').split('|')
    return { status, said: stdout + stderr, calls: calls.map(words) }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const ROOT = { MINIO_ROOT_USER: NASTY, MINIO_ROOT_PASSWORD: `${NASTY}2` }
const OWN = { S3_ACCESS_KEY_ID: `${NASTY}3`, S3_SECRET_ACCESS_KEY: `${NASTY}4` }
const ALIAS = ['alias', 'set', '--', 'local', 'http://minio.reactbin.svc:9000', NASTY, `${NASTY}2`]
const MAKE = ['mb', '--ignore-existing', '--', 'local/reactbin']

suite('bucket Job', () => {
  test('RB-14 its name says what it does: equal content, equal name; another bucket, image or wish, another name', () => {
    const name = (own = {}, common = {}) => find(reactbinWith({ own, common }), 'Job/minio-init-bucket').metadata.name
    assert.match(name(), /^minio-init-bucket-[0-9a-f]{8}$/)
    assert.equal(name(), name({ domain: 'bin.acme.dev', ingress: { className: 'traefik' } }))
    const others = [
      name({ bucket: 'images' }),
      name({ bucketUser: 'own' }),
      name({}, { images: { minio: { tag: 'RELEASE.2026-01-01T00-00-00Z' } } }),
      name({}, { resources: { mc: { limits: { memory: '128Mi' } } } }),
      name({}, { imagePullSecrets: ['regcred'] }),
    ]
    assert.equal(new Set([name(), ...others]).size, 6)
  })

  test('RB-14 the proof asks for the Job that was rendered', () => {
    const desired = reactbinWith()
    const proof = desired.proofs.find(({ kind }) => kind === 'job-done')
    assert.equal(proof?.kind === 'job-done' && proof.job.name, find(desired, 'Job/minio-init-bucket').metadata.name)
  })

  test('RB-14 the host follows from the namespace', () => {
    const job = find(reactbinWith({ namespace: 'other' }), 'Job/minio-init-bucket')
    const url = job.spec?.template.spec?.containers[0]?.env?.find(({ name }) => name === 'MINIO_URL')
    assert.equal(url?.value, 'http://minio.other.svc:9000')
  })

  test('RB-14 it has no TTL, keeps the log of each attempt, and runs as user 1000', () => {
    const { ttlSecondsAfterFinished, template } = jobOf().spec ?? {}
    assert.equal(ttlSecondsAfterFinished, undefined)
    assert.equal(template?.spec?.restartPolicy, 'Never')
    assert.equal(template?.spec?.securityContext?.runAsUser, 1000)
  })

  test('RB-14 credentials of any character reach mc as they are', () => {
    const { status, calls } = runScript(jobOf(), ROOT)
    assert.equal(status, 0)
    assert.deepEqual(calls, [ALIAS, MAKE])
  })

  test('RB-14 it asks again until MinIO answers', () => {
    const { status, calls } = runScript(jobOf(), { ...ROOT, FAIL: '3' })
    assert.equal(status, 0)
    assert.deepEqual(calls, [ALIAS, ALIAS, ALIAS, ALIAS, MAKE])
  })

  test('RB-14 it gives up after 60 attempts, names the address, and made nothing', () => {
    const { status, said, calls } = runScript(jobOf(), { ...ROOT, FAIL: '1000' })
    assert.equal(status, 1)
    assert.equal(calls.length, 60)
    assert.match(said, /no answer that can be used from http:\/\/minio\.reactbin\.svc:9000 after 60 attempts/)
    assert.ok(!said.includes(NASTY), 'no credential in the log')
  })

  test('RB-14 a bucket that cannot be made fails the Job, and no user is made', () => {
    const { status, calls } = runScript(jobOf({ bucketUser: 'own' }), { ...ROOT, ...OWN, MB: '1' })
    assert.equal(status, 1)
    assert.deepEqual(calls.at(-1), MAKE)
  })

  test("RB-14 bucketUser=own makes the API's user with rights on this bucket alone", () => {
    const { status, calls } = runScript(jobOf({ bucketUser: 'own' }), { ...ROOT, ...OWN })
    assert.equal(status, 0)
    assert.deepEqual(calls.slice(2), [
      ['admin', 'user', 'add', '--', 'local', `${NASTY}3`, `${NASTY}4`],
      ['admin', 'policy', 'create', '--', 'local', 'bucket-reactbin', 'DIR/policy.json'],
      ['admin', 'policy', 'attach', '--user', `${NASTY}3`, '--', 'local', 'bucket-reactbin'],
    ])
    const env = jobOf({ bucketUser: 'own' }).spec?.template.spec?.containers[0]?.env ?? []
    const policy = JSON.parse(env.find(({ name }) => name === 'POLICY')?.value ?? '') as {
      Statement: { Effect: string; Resource: string[] }[]
    }
    assert.deepEqual(
      policy.Statement.map(({ Effect, Resource }) => [Effect, ...Resource]),
      [
        ['Allow', 'arn:aws:s3:::reactbin'],
        ['Allow', 'arn:aws:s3:::reactbin/*'],
      ],
    )
  })

  test('RB-14 a user that has its rights already is fine, any other refusal is not', () => {
    const own = jobOf({ bucketUser: 'own' })
    assert.equal(
      runScript(own, { ...ROOT, ...OWN, ATTACH: 'The specified policy change is already in effect.' }).status,
      0,
    )
    const refused = runScript(own, { ...ROOT, ...OWN, ATTACH: 'Access Denied.' })
    assert.equal(refused.status, 1)
    assert.match(refused.said, /Access Denied/)
  })

  test('RB-14 what api-env says of the storage has to agree with what is made', () => {
    const rows = reactbinWith({ namespace: 'other' }).agreements.map(({ left, right }) => [left, right] as const)
    assert.deepEqual(rows[0], [{ secret: 'api-env', key: 'S3_BUCKET_NAME' }, { literal: 'reactbin' }])
    const [, endpoint] = rows[1] ?? []
    assert.ok(endpoint !== undefined && 'literal' in endpoint)
    const spellings = [endpoint.literal, ...(endpoint.also ?? [])]
    for (const host of ['minio', 'minio.other', 'minio.other.svc', 'minio.other.svc.cluster.local'])
      for (const end of ['', '/']) assert.ok(spellings.includes(`http://${host}:9000${end}`), host)
    assert.deepEqual(rows.slice(2), [
      [
        { secret: 'api-env', key: 'S3_ACCESS_KEY_ID' },
        { secret: 'minio-credentials', key: 'MINIO_ROOT_USER' },
      ],
      [
        { secret: 'api-env', key: 'S3_SECRET_ACCESS_KEY' },
        { secret: 'minio-credentials', key: 'MINIO_ROOT_PASSWORD' },
      ],
    ])
    assert.equal(reactbinWith({ own: { bucketUser: 'own' } }).agreements.length, 2)
  })
})
