const SUFFIX: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

const FORM = /^([+-]?\d+\.?\d*|[+-]?\.\d+)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/

/**
 * A Kubernetes quantity in its base unit (cores, bytes, pieces): 0 where there is none, NaN where it cannot be read
 * (apimachinery resource.Quantity).
 */
export function amountOf(quantity: unknown): number {
  if (quantity === undefined) return 0
  const text = typeof quantity === 'number' ? String(quantity) : quantity
  const [found, number = '', unit = ''] = (typeof text === 'string' && FORM.exec(text)) || []
  if (found === undefined) return Number.NaN
  const factor = SUFFIX[unit] ?? 10 ** Number(unit.slice(1))
  return Number(number) * factor
}

const BINARY = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki']
const DECIMAL = ['E', 'P', 'T', 'G', 'M', 'k', '']

/** The one way in which the server writes a quantity back: `1000m` is `1`, `1024Mi` is `1Gi`, `0.5` is `500m`. */
export function canonical(quantity: unknown): string {
  const text = String(quantity)
  const amount = amountOf(text)
  if (Number.isNaN(amount)) return text
  if (amount === 0) return '0'
  const binary = text.endsWith('i')
  if (binary && Math.abs(amount) >= 1024) return withUnit(amount, BINARY) ?? String(Math.ceil(amount))
  const whole = withUnit(amount, DECIMAL)
  if (whole !== undefined) return whole
  const milli = Math.round(amount * 1e9) / 1e6
  return Number.isInteger(milli) ? `${milli}m` : `${Math.ceil(amount * 1e6)}u`
}

function withUnit(amount: number, units: readonly string[]): string | undefined {
  const unit = units.find((one) => Number.isInteger(amount / (SUFFIX[one] ?? 1)))
  return unit === undefined ? undefined : `${amount / (SUFFIX[unit] ?? 1)}${unit}`
}
