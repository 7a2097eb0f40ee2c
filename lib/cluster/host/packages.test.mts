import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeployError } from '../../error.mts'
import { needPackages } from './packages.mts'

const absent = [
  { package: 'first-package', file: '/nonexistent/file' },
  { package: 'second-package', file: 'no-such-program' },
]

test('needPackages() names all that is missing in one line and installs nothing unless told', async () => {
  const said: string[] = []
  const wish = { name: 'it', packages: 'ask', tools: absent } as const
  const error = await needPackages(wish, 'nothing', (line) => said.push(line)).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof DeployError)
  assert.equal(error.code, 'package-missing')
  assert.match(error.message, /first-package second-package$/)
  assert.match(error.next, /--install/)
  assert.deepEqual(said, [])
})
