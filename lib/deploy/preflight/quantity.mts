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

/** A Kubernetes quantity in its base unit (cores, bytes, pieces); NaN where it is none (apimachinery resource.Quantity). */
export function quantity(value: string | number | undefined): number {
  if (value === undefined) return 0
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)$/.exec(String(value).trim())
  return Number(match?.[1] ?? Number.NaN) * (SUFFIX[match?.[2] ?? ''] ?? Number.NaN)
}
