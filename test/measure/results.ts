import { formatTable } from '../../src/cli/format-table.js'

/** One figure, and what it should be. */
export interface Row {
  /** What is measured: `links lost while idle`. */
  readonly what: string
  /** In which case: `150 ms, no key`. */
  readonly of: string
  readonly figure: string
  readonly target: string
  readonly isMet: boolean
}

/** Measures something; `say` is given what is done now. */
export type Section<Settings> = (settings: Settings, say: (words: string) => void) => Promise<Row[]>

const HEAD = ['what', 'of', 'figure', 'target', 'result']

/** As plain text, for a terminal. */
export function asText(rows: readonly Row[]): string {
  return formatTable(HEAD, rows.map(cells), [2, 3])
}

/** As Markdown, to be quoted. */
export function asMarkdown(rows: readonly Row[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`
  return [line(HEAD), '| --- | --- | --: | --: | --- |', ...rows.map((row) => line(cells(row)))].join('\n')
}

/** The text of a duration. */
export function milliseconds(ms: number): string {
  return `${Math.round(ms).toLocaleString('en')} ms`
}

function cells({ what, of, figure, target, isMet }: Row): string[] {
  return [what, of, figure, target, isMet ? 'met' : 'missed']
}
