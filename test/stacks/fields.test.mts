import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { z } from 'zod'
import * as fields from '../../lib/stacks/fields.mts'

const ROWS: [string, z.ZodType, unknown[], unknown[]][] = [
  [
    'hostname()',
    fields.hostname(),
    ['bin.acme.dev', 'localhost', 'a-b.c', 'xn--bcher-kva.example', '1a.dev', `${'a'.repeat(63)}.dev`],
    [
      '',
      '<your-domain>',
      'https://a.dev',
      'a.dev:443',
      'a.dev/',
      'A.dev',
      'a..dev',
      '-a.dev',
      'a-.dev',
      '*.a.dev',
      '10.0.0.1',
      'a b',
      'bücher.de',
      `${'a'.repeat(64)}.dev`,
      'a.dev.',
      7,
    ],
  ],
  ['label()', fields.label(), ['a', 'a-1', '1a'], ['', 'A', 'a.b', '-a', 'a-', 'a'.repeat(64)]],
  [
    'objectName()',
    fields.objectName(),
    ['a.b', 'letsencrypt-prod'],
    ['', 'a..b', '.a', 'A', 'a/b', `${'a'.repeat(63)}.`.repeat(4) + 'a'],
  ],
  [
    'quantity()',
    fields.quantity(),
    ['10Gi', '250m', '0.5', 1, '1e3', '2G'],
    ['', 'much', '10 Gi', '-1', '10GiB', -1, '1,5'],
  ],
  ['duration()', fields.duration(), ['30s', '1h', '1.5m'], ['', '1', '1d', 'h', '1h30m', '-1s']],
  [
    'bucketName()',
    fields.bucketName(),
    ['reactbin', 'a.b-c', '123abc'],
    ['ab', 'A-b', 'a_b', '-ab', 'ab-', 'a..b', '10.0.0.1', 'a'.repeat(64)],
  ],
  [
    'vaultPath()',
    fields.vaultPath(),
    ['secret', 'reactbin/api/config', 'a_b/c.d'],
    ['', '/a', 'a/', 'a//b', 'a b', '../a?x'],
  ],
  [
    'address()',
    fields.address(),
    ['127.0.0.1', '127.0.0.1:8443', 'edge.acme.dev:443', '[::1]', '[::1]:80'],
    ['', 'http://x', 'x:', 'x:0', 'x:65536', '::1', 'x/y', 'x:y'],
  ],
]

suite('fields', () => {
  for (const [name, schema, good, bad] of ROWS) {
    test(`${name} takes what Kubernetes takes and nothing else`, () => {
      for (const value of good) assert.ok(schema.safeParse(value).success, `takes ${JSON.stringify(value)}`)
      for (const value of bad) assert.ok(!schema.safeParse(value).success, `refuses ${JSON.stringify(value)}`)
    })
  }

  test('replicas() is a whole number from 1', () => {
    assert.equal(fields.replicas(2).parse(undefined), 2)
    for (const value of [0, 1.5, -1, '2']) assert.ok(!fields.replicas(2).safeParse(value).success, String(value))
  })

  test('quantity() gives text, whatever YAML made of it', () => {
    assert.equal(fields.quantity().parse(1), '1')
  })
})
