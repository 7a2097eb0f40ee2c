import assert from 'node:assert/strict'
import { test } from 'node:test'
import { introduce, openStage } from '../../lib/deploy/stage.mts'
import { Redactor } from '../../lib/report/redact.mts'
import { loadSettings } from '../../lib/settings/load.mts'
import { shop } from '../rehearsal/shop.mts'

test('introduce() keeps readable what an image is called although a Secret holds it too, and hides what else it holds', async () => {
  const settings = await loadSettings(['--stack', 'wrightnow', '--env', 'local'], 'deploy', { env: {}, cwd: '/' })
  const redactor = new Redactor()
  introduce(redactor, settings)
  for (const value of ['authentik', 'wrightnow', 'dWThQjY6z20wtOVr']) redactor.learn(value)
  const told = 'deployment/authentik-server of wrightnow cannot log in as authentik with dWThQjY6z20wtOVr'
  assert.equal(redactor.scrub(told), told.replace('dWThQjY6z20wtOVr', '***'))
})

test('openStage() takes no other stack for a script that brings its own', async () => {
  const { settings } = openStage(['--stack', 'reactbin', '--tag', 'api=one'], 'deploy', { stack: shop })
  await assert.rejects(settings(), { code: 'usage', message: /--stack reactbin: this script is for .* own, shop/ })
})
