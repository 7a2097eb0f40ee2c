interface Rule {
  name: string
  pattern: RegExp
  /** What the pattern also hits but is no secret: a fixture's made-up value says so in the line. */
  fine?: RegExp
}

/** A value that nobody would mistake for a real one. */
const MADE_UP = /example|placeholder|replace-me|planted|canary|dummy|s3cr3t|hunter2|\$\{|\$\(|<[a-z-]+>|…|not-a-real/i

const RULES: readonly Rule[] = [
  { name: 'private key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----\n?[A-Za-z0-9+/]{20,}/ },
  { name: 'cloud access key', pattern: /\b(AKIA|ASIA)[A-Z0-9]{16}\b/ },
  { name: 'GitHub token', pattern: /\b(ghp|gho|ghs|ghr|github_pat)_[A-Za-z0-9_]{30,}\b/ },
  { name: 'JSON web token', pattern: /\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{10,}/ },
  {
    name: 'password in a URL',
    pattern: /\b[a-z][a-z0-9+]*:\/\/[^\s:/@'"`$<{]+:[^\s@/'"`$<{]{4,}@[^\s]/,
    fine: MADE_UP,
  },
  {
    name: 'secret setting with a value',
    pattern:
      /^\s*-?\s*["']?[A-Z0-9_]*(PASSWORD|SECRET_KEY|SECRET_ACCESS_KEY|API_KEY|TOKEN)["']?\s*[:=]\s*["']?[^\s"'#,{}[\]()]{6,}["']?\s*$/m,
    fine: MADE_UP,
  },
]

/** Manifests must not hold a Secret's data at all, and no image may float. */
const MANIFEST_RULES: readonly Rule[] = [
  { name: 'Secret with data', pattern: /^kind: Secret$[\s\S]*^(data|stringData):/m },
  { name: 'image without a fixed tag', pattern: /^\s*image: ["']?[^\s"'@]+(:latest)["']?\s*$/m },
  { name: 'image without a tag', pattern: /^\s*image: ["']?[^\s"'@:]+["']?\s*$/m },
]

/** What stacks name must not float either; their tests say `latest` in order to see it refused. */
const STACK_RULES: readonly Rule[] = [{ name: 'image that floats', pattern: /['"`][a-z0-9./-]+:latest['"`]/ }]

/** Where a rule is broken; what was found is not repeated. */
export interface Finding {
  path: string
  line: number
  rule: string
}

/** What in this file looks like a secret, or like an image that floats. */
export function scan(path: string, text: string): Finding[] {
  return rulesFor(path).flatMap((rule) => findings(path, text, rule))
}

function rulesFor(path: string): readonly Rule[] {
  if (path.startsWith('manifests/')) return [...RULES, ...MANIFEST_RULES]
  const isStack = /^(lib\/stacks|examples)\//.test(path) && !path.endsWith('.test.mts')
  return isStack ? [...RULES, ...STACK_RULES] : RULES
}

function findings(path: string, text: string, rule: Rule): Finding[] {
  const everywhere = new RegExp(rule.pattern.source, `${rule.pattern.flags}g`)
  return [...text.matchAll(everywhere)]
    .filter(([hit]) => rule.fine?.test(hit) !== true)
    .map((match) => ({ path, line: text.slice(0, match.index).split('\n').length, rule: rule.name }))
}
