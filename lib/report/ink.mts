import { stripVTControlCharacters, styleText } from 'node:util'

/** Colours, or none: a table of what each is for. */
export type Ink = Readonly<Record<'good' | 'bad' | 'odd' | 'dim' | 'strong', (text: string) => string>>

const COLOURS = { good: 'green', bad: 'red', odd: 'yellow', dim: 'dim', strong: 'bold' } as const satisfies Record<
  keyof Ink,
  Parameters<typeof styleText>[0]
>

/** The inks of a stream that takes colours, or of one that does not. */
export function inkFor(color: boolean): Ink {
  const ink = (name: keyof Ink) => (text: string) =>
    // The choice was made for our stream already; styleText would ask process.stdout.
    color && text !== '' ? styleText(COLOURS[name], text, { validateStream: false }) : text
  return { good: ink('good'), bad: ink('bad'), odd: ink('odd'), dim: ink('dim'), strong: ink('strong') }
}

// Every control character but tab and newline: C0, DEL and C1.
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** Text of others (log lines, events, file names) without escape sequences and control characters. */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\r\n', '\n').replaceAll(CONTROLS, '')
}

/** Milliseconds as the screen shows them: `12.9 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
