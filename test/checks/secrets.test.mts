import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { scan } from '../../checks/scan.mts'

// Put together here, so that this file passes the scan itself.
const PRIVATE = 'PRIVATE'
const WORD = ['Tr0ub4dor', 'and3'].join('&')

describe('RB-19 SC-003 the secret scan', () => {
  for (const [what, path, text, rule] of [
    ['a password in an env file', 'deploy/prod.env', `OWNER_PASSWORD=${WORD}\n`, /secret setting/],
    ['a password in a URL', 'lib/x.mts', `const url = 'postgresql://me:${WORD}@db/app'\n`, /password in a URL/],
    ['a private key', 'tls/key.pem', `-----BEGIN ${PRIVATE} KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\n`, /private key/],
    [
      'a Secret with data',
      'manifests/a/b/s.yaml',
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\ndata:\n  a: YQ==\n',
      /Secret with data/,
    ],
    ['latest in a manifest', 'manifests/a/b/d.yaml', 'spec:\n  image: reactbin-api:latest\n', /without a fixed tag/],
    ['no tag in a manifest', 'manifests/a/b/d.yaml', 'spec:\n  image: quay.io/minio/minio\n', /without a tag/],
    ['latest in a stack', 'lib/stacks/x.mts', "const images = { api: 'reactbin-api:latest' }\n", /floats/],
  ] as const)
    test(`finds ${what}`, () => {
      const [found, ...more] = scan(path, text)
      assert.deepEqual(more, [])
      assert.match(found?.rule ?? '', rule)
      assert.equal(found?.path, path)
      assert.ok(!JSON.stringify(found).includes(WORD), 'the finding repeats the secret')
    })

  for (const [what, path, text] of [
    ['a pinned image', 'manifests/a/b/d.yaml', 'spec:\n  image: reactbin-api:replace-me\n'],
    ['a digest', 'manifests/a/b/d.yaml', `spec:\n  image: reactbin-api@sha256:${'0'.repeat(64)}\n`],
    [
      'key names in a comment',
      'manifests/a/b/v.yaml',
      '# Vault keys: MINIO_ROOT_USER, MINIO_ROOT_PASSWORD\nkind: VaultStaticSecret\n',
    ],
    ['a placeholder', '.env.example', 'OWNER_PASSWORD=replace-me\n'],
    ['a URL from variables', 'lib/x.mts', 'const url = `postgresql://${user}:${password}@${host}/app`\n'],
  ] as const)
    test(`passes ${what}`, () => {
      assert.deepEqual(scan(path, text), [])
    })
})
