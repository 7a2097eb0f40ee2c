import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

// Fills secrets.example.yaml with strong values: npx zx examples/wrightnow/secrets.mts [NAMESPACE], to secrets.yaml.
const MADE = 'secrets.yaml'
const [namespace = 'staging-infra'] = process.argv.slice(2).filter((word) => !word.endsWith('.mts'))

const example = readFileSync(new URL('secrets.example.yaml', import.meta.url), 'utf8')
const [, ...documents] = example.split(/^(?=apiVersion:)/m)
const filled = documents
  .join('')
  .replaceAll('staging-infra', namespace)
  .replaceAll('replace-me', () => randomBytes(36).toString('base64url'))

try {
  // For its owner alone; and never over another one, whose passwords the databases already have.
  writeFileSync(MADE, filled, { mode: 0o600, flag: 'wx' })
  console.log(`${MADE} is made → kubectl apply -f ${MADE}`)
} catch (error) {
  console.error(`Cannot write ${MADE}: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
