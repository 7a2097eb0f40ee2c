/** A value that never prints itself: string conversion, JSON and inspection all give `***`. */
export class Redacted {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value, for the one place that must send or compare it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***'
  }
}

// Shorter values ("1", "true") would blot out ordinary words.
const SHORTEST = 4
// A line of a certificate or key says nothing alone when it is shorter.
const SHORTEST_LINE = 8
// A slice of base64 has to be this long before it can only be the secret's.
const SHORTEST_SLICE = 10

/** Replaces every known secret value, in each form it can travel in, by `***` (law 6). */
export class Redactor {
  readonly #values = new Set<string>()
  readonly #spared = new Set<string>()
  readonly #needles = new Set<string>()
  readonly #listeners: ((value: string) => void)[] = []
  #ordered: string[] | undefined = []

  /**
   * From here on the value is scrubbed: raw, base64 (padded or not, URL alphabet, and in the middle of something encoded),
   * percent-encoded and JSON-escaped, once and twice. A URL's password is learned with it; an address that holds none
   * (`https://reactbin.example.com`) is public by nature and stays readable.
   */
  learn(value: string | Redacted): void {
    const text = typeof value === 'string' ? value : value.reveal()
    if (text.length < SHORTEST || this.#values.has(text) || this.#spared.has(text) || isPlainAddress(text)) return
    this.#values.add(text)
    for (const form of formsOf(text)) if (form.length >= SHORTEST) this.#needles.add(form)
    for (const line of linesOf(text)) for (const form of writtenForms(line)) this.#needles.add(form)
    this.#ordered = undefined
    for (const listener of this.#listeners) listener(text)
    for (const password of passwordsOf(text)) this.learn(password)
  }

  /** This very text is public, because settings say it: a Secret that holds it too (a bucket's name) does not hide it. */
  spare(text: string): void {
    this.#spared.add(text)
  }

  /** Calls the listener with every value that is known, and with each that will be. */
  onLearned(listener: (value: string) => void): void {
    for (const value of this.#values) listener(value)
    this.#listeners.push(listener)
  }

  /** The text without any known secret. */
  scrub(text: string): string {
    // Longest first: a secret that holds another one goes as a whole.
    this.#ordered ??= [...this.#needles].sort((a, b) => b.length - a.length)
    let out = text
    for (const needle of this.#ordered) if (out.includes(needle)) out = out.replaceAll(needle, '***')
    return out
  }
}

function formsOf(value: string): string[] {
  const written = writtenForms(value)
  return [...written, ...written.flatMap((form) => [...encodedForms(form), ...slicesOf(form)])]
}

/** As text is quoted in URLs, in JSON (and JSON within JSON), by Python, in YAML and by a shell. */
function writtenForms(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1)
  const python = value.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`)
  const quoted = [String.raw`\'`, "''", String.raw`'\''`].map((quote) => value.replaceAll("'", quote))
  return [
    ...new Set([
      value,
      ...percentEncoded(value),
      json,
      ascii(json),
      JSON.stringify(json).slice(1, -1),
      python,
      ...quoted,
    ]),
  ]
}

// How serialisers that trust no encoding write the rest of Unicode.
function ascii(json: string): string {
  return json.replaceAll(/[^\u0020-\u007e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** encodeURIComponent leaves !'()* alone and other languages' encoders do not; some spare the slash, some write lower case. */
function percentEncoded(value: string): string[] {
  const usual = encodeURIComponent(value.toWellFormed())
  const strict = usual.replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const upper = [
    usual,
    strict,
    strict.replaceAll('%2F', '/'),
    usual.replaceAll('%20', '+'),
    strict.replaceAll('%20', '+'),
  ]
  return [...upper, ...upper.map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))]
}

function encodedForms(value: string): string[] {
  const bytes = Buffer.from(value)
  const base64 = bytes.toString('base64')
  // A Secret's manifest holds base64 already, and may itself be packed into another object.
  const twice = Buffer.from(base64).toString('base64')
  return [base64, base64.replace(/=+$/, ''), bytes.toString('base64url'), bytes.toString('hex'), twice]
}

/** The base64 of the value inside a longer text, for each of the three places it can start at in a group of three bytes. */
function slicesOf(value: string): string[] {
  const bytes = Buffer.from(value)
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes])
    const sure = whole.subarray(0, whole.length - (whole.length % 3)).toString('base64')
    // The first group mixes with the bytes before it.
    const slice = before === 0 ? sure : sure.slice(4)
    return slice.length < SHORTEST_SLICE ? [] : [slice, slice.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

function linesOf(value: string): string[] {
  const lines = value.split(/\r?\n/)
  if (lines.length === 1) return []
  return lines.filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'))
}

function passwordsOf(value: string): string[] {
  const found = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s@]*?:([^\s]*)@/i.exec(value)?.[1]
  return found === undefined ? [] : [found, decoded(found)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function isPlainAddress(value: string): boolean {
  return /^https?:\/\/[a-z0-9.-]+(:\d+)?\/?$/i.test(value)
}
