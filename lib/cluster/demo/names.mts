/** The stacks whose world the demo can make. */
export const DEMOS = ['reactbin', 'yab', 'pybase', 'wrightnow'] as const

export type DemoName = (typeof DEMOS)[number]
