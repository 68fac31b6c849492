import { formatTable } from '../../src/cli/format-table.js'

/** One figure, and its target. */
export interface Row {
  /** What is measured: `links lost while idle`. */
  readonly what: string
  /** The case: `150 ms, no key`. */
  readonly of: string
  readonly figure: string
  /** Empty if there is none. */
  readonly target: string
  readonly isMet: boolean
}

/** Runs a measurement. `say` is called with the current step. */
export type Section<Settings> = (settings: Settings, say: (words: string) => void) => Promise<Row[]>

const HEAD = ['what', 'of', 'figure', 'target', 'result']

/** Formats results as plain text, for a terminal. */
export function asText(rows: readonly Row[]): string {
  return formatTable(HEAD, rows.map(cells), [2, 3])
}

/** Formats results as Markdown. */
export function asMarkdown(rows: readonly Row[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`
  return [line(HEAD), '| --- | --- | --: | --: | --- |', ...rows.map((row) => line(cells(row)))].join('\n')
}

/** Formats a duration. */
export function milliseconds(ms: number): string {
  return `${Math.round(ms).toLocaleString('en')} ms`
}

function cells({ what, of, figure, target, isMet }: Row): string[] {
  return [what, of, figure, target, target === '' ? '' : isMet ? 'met' : 'missed']
}
