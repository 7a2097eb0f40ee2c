import type { Code } from '../../lib/error.mts'
import type { Around } from './world.mts'

/** A line that cannot be used: what is typed, the code of the refusal, the words that its sentence must name, and those
    that its next step must. */
export type Refusal = readonly [line: string, code: Code, named: RegExp, next: RegExp, around?: Around]

const GOOD = '--tag abc --set domain=app.example'
const VAULT = 'tls:\n  from: existing\n'

const flags: readonly Refusal[] = [
  ['--tga abc', 'unknown-flag', /--tga\b.*--tag\b/, /deploy\.mts --help/],
  ['-tag abc', 'unknown-flag', /-tag\b.*--tag\b/, /--help/],
  ['--to 41', 'unknown-flag', /--to\b.*rollback/, /--help/],
  ['--tag abc', 'unknown-flag', /--tag\b.*deploy/, /verify\.mts --help/, { script: 'verify' }],
  ['--env-file x.env', 'unknown-flag', /--env-file.*--dotenv/, /--help/],
  ['-x', 'unknown-flag', /-x\b/, /--help/],
  ['--tag', 'usage', /--tag needs a value/, /--help/],
  ['--tag --exit-code', 'usage', /--tag needs a value/, /--help/],
  ['--exit-code=no', 'usage', /--exit-code.*no\b/, /--help/],
  ['--dry-run=sever', 'usage', /--dry-run.*sever.*server/, /--help/],
  ['-o xml', 'usage', /--output.*xml/, /--help/],
  ['--on-failure=undo', 'usage', /--on-failure.*undo/, /--help/],
  ['abc', 'usage', /argument abc/, /deploy\.mts --tag abc/],
  ['-- abc', 'usage', /argument abc/, /--tag abc/],
  [`${GOOD} --within soon`, 'usage', /--within soon/, /--within 120/],
  [`${GOOD} --within 0`, 'usage', /--within 0\b/, /--within 120/],
  [`${GOOD} --within 1e9`, 'usage', /--within 1e9/, /--within 120/],
  ['--to last', 'usage', /--to last/, /--to 41/, { script: 'rollback' }],
  ['--to 0', 'usage', /--to 0\b/, /--to 41/, { script: 'rollback' }],
]

const tags: readonly Refusal[] = [
  ['--set domain=app.example', 'usage', /reactbin without --tag/, /deploy\.mts --tag TAG/],
  ['--tag api=abc --set domain=app.example', 'usage', /ui has no tag/, /--tag ui=TAG/],
  ['--tag latest', 'bad-tag', /"latest"/, /--tag TAG/],
  ['--tag api=latest', 'bad-tag', /"latest"/, /--tag TAG/],
  ['--tag=', 'bad-tag', /""/, /--tag TAG/],
  ['--tag a/b', 'bad-tag', /"a\/b"/, /--tag TAG/],
  ['--tag .abc', 'bad-tag', /"\.abc"/, /--tag TAG/],
  [`--tag ${'a'.repeat(129)}`, 'bad-tag', /"a{129}"/, /--tag TAG/],
  ['--tag sha256:12', 'bad-tag', /"sha256:12".*64/, /--tag TAG/],
  ['--tag aip=abc', 'bad-tag', /image aip.*did you mean api/, /--tag api=TAG/],
  ['--tag replace-me', 'placeholder', /"replace-me"/, /--tag TAG/],
]

const settings: readonly Refusal[] = [
  ['--tag abc', 'placeholder', /domain=reactbin\.example\.com.*default/, /LANDFALL_DOMAIN/],
  ['--tag abc --set domain=', 'placeholder', /domain="" from --set/, /LANDFALL_DOMAIN/],
  ['--tag abc --set domain=x.example.org', 'placeholder', /x\.example\.org/, /--set domain=/],
  [
    '--tag abc --set domain=https://a.b',
    'bad-setting',
    /domain=https:\/\/a\.b from --set/,
    /deploy\.mts --set domain=/,
  ],
  [`${GOOD} --set domian=x`, 'unknown-setting', /domian.*did you mean domain/, /domain/],
  [`${GOOD} --set tls.form=existing`, 'unknown-setting', /tls\.form.*tls\.from/, /tls\.from/],
  [`${GOOD} --set caFile=x`, 'unknown-setting', /caFile.*edge\.caFile/, /edge\.caFile/],
  [`${GOOD} --set zzzzzzzz=1`, 'unknown-setting', /zzzzzzzz/, /--print-settings/],
  [`${GOOD} --set tls.from=exsting`, 'bad-setting', /tls\.from=exsting.*existing/, /--set tls\.from=existing/],
  [`${GOOD} --set tls=existing`, 'bad-setting', /tls as one value.*tls\.from/, /--set tls\.from=/],
  [`${GOOD} --set tls.timeout=soon`, 'bad-setting', /tls\.timeout=soon.*number/, /tls\.timeout/],
  [`${GOOD} --set tls`, 'usage', /--set tls\b/, /--set tls=VALUE/],
  [`${GOOD} --set =x`, 'usage', /--set =x/, /PATH=x/],
  [`${GOOD} -n Shop`, 'bad-setting', /"Shop"/, /--namespace/],
  [`${GOOD} --env prodution`, 'bad-setting', /"prodution".*did you mean production/, /--env production/],
  ['--tag abc --stack reactbn', 'unknown-stack', /reactbn/, /--stack reactbin/],
  ['--tag abc', 'unknown-stack', /toString/, /--stack/, { env: { LANDFALL_STACK: 'toString' } }],
  [GOOD, 'bad-setting', /slo=never.*LANDFALL_SLO in the environment/, /slo/, { env: { LANDFALL_SLO: 'never' } }],
  [
    GOOD,
    'unknown-setting',
    /LANDFALL_DOMIAN in \.env.*LANDFALL_DOMAIN/,
    /LANDFALL_DOMAIN/,
    { files: { '.env': 'LANDFALL_DOMIAN=a.b' } },
  ],
  [
    '--tag abc --stack wrightnow --env local',
    'unknown-setting',
    /LANDFALL_DOMAIN in \.env, which is for reactbin .*wrightnow has no such setting/,
    /a file of wrightnow's own: --dotenv FILE/,
    { files: { '.env': 'LANDFALL_STACK=reactbin\nLANDFALL_DOMAIN=a.b' } },
  ],
]

const files: readonly Refusal[] = [
  [`${GOOD} -f none.yaml`, 'missing-file', /none\.yaml of --values/, /ls -l .*none\.yaml/],
  [`${GOOD} --dotenv none.env`, 'missing-file', /none\.env of --dotenv/, /ls -l .*none\.env/],
  [`${GOOD} --kubeconfig none`, 'missing-file', /none of --kubeconfig/, /ls -l .*none/],
  [`${GOOD} --set edge.caFile=none.crt`, 'missing-file', /none\.crt of edge\.caFile/, /none\.crt/],
  ['--stack ./none.mts --tag abc', 'missing-file', /\.\/none\.mts/, /--stack/],
  [`${GOOD} -f v.yaml`, 'bad-setting', /v\.yaml: line 3/, /fix v\.yaml/, { files: { 'v.yaml': `${VAULT}tls: {}\n` } }],
  [`${GOOD} -f v.yaml`, 'bad-setting', /v\.yaml: line 2/, /fix/, { files: { 'v.yaml': 'tls:\n  from: a: b\n' } }],
  [`${GOOD} -f v.yaml`, 'bad-setting', /v\.yaml.*mapping/, /fix/, { files: { 'v.yaml': '- domain\n' } }],
  [
    `${GOOD} -f v.yaml`,
    'bad-setting',
    /v\.yaml/,
    /fix/,
    { files: { 'v.yaml': 'placement: { affinity: &a { b: *a } }' } },
  ],
  [
    `${GOOD} -f v.yaml`,
    'unknown-setting',
    /tls\.form from v\.yaml/,
    /tls\.from/,
    { files: { 'v.yaml': 'tls: { form: x }' } },
  ],
  [`${GOOD} -f v.yaml`, 'bad-setting', /tls.*from v\.yaml/, /tls/, { files: { 'v.yaml': 'tls: existing' } }],
  [
    `${GOOD} -f v.yaml`,
    'bad-setting',
    /db\.password from v\.yaml.*secret/,
    /Secret or Vault/,
    { files: { 'v.yaml': 'db: { password: hunter22 }' } },
  ],
  [`${GOOD} -f v.yaml`, 'bad-setting', /apiKey/, /Secret or Vault/, { files: { 'v.yaml': 'apiKey: hunter22' } }],
  [
    `${GOOD} -f v.yaml`,
    'bad-setting',
    /vault\.role from v\.yaml.*secret/,
    /LANDFALL_VAULT_ROLE/,
    { files: { 'v.yaml': 'vault: { role: "x://me:hunter22@h" }' } },
  ],
]

export const REFUSALS: readonly Refusal[] = [...flags, ...tags, ...settings, ...files]
