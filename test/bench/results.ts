import { formatTable } from '../../src/cli/format-table.js'

/** The figures of one rival in one case, one per round. */
export interface Row {
  /** The case: `depth 16`. */
  readonly of: string
  readonly rival: string
  readonly values: readonly number[]
  /** Further figures, by their column headings. */
  readonly more: Readonly<Record<string, string>>
}

/** A table of results. */
export interface Result {
  readonly title: string
  readonly unit: string
  /** The number of decimal places. */
  readonly digits: number
  /** The rival that all are compared with; undefined for none. */
  readonly base: string | undefined
  readonly note: string
  readonly rows: readonly Row[]
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

/** Formats a table as plain text, for a terminal. */
export function asText(result: Result): string {
  const { head, rows } = cells(result)
  const right = head.map((_, column) => column).slice(2)
  return `${result.title}\n${formatTable(head, rows, right)}\n${result.note}\n`
}

/** Formats a table as Markdown. */
export function asMarkdown(result: Result): string {
  const { head, rows } = cells(result)
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`
  const rule = head.map((_, column) => (column < 2 ? '---' : '--:'))
  return [`## ${result.title}`, '', line(head), line(rule), ...rows.map(line), '', result.note, ''].join('\n')
}

function cells({ unit, digits, base, rows }: Result): { head: string[]; rows: string[][] } {
  const more = [...new Set(rows.flatMap((row) => Object.keys(row.more)))]
  const number = (value: number): string =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  const ratio = (row: Row): string => {
    const other = rows.find(({ of, rival }) => of === row.of && rival === base)
    return other ? `${(median(row.values) / median(other.values)).toFixed(2)} ×` : ''
  }
  return {
    head: ['of', 'by', unit, 'from – to', ...(base === undefined ? [] : [`to ${base}`]), ...more],
    rows: rows.map((row) => [
      row.of,
      row.rival,
      number(median(row.values)),
      `${number(Math.min(...row.values))} – ${number(Math.max(...row.values))}`,
      ...(base === undefined ? [] : [ratio(row)]),
      ...more.map((name) => row.more[name] ?? ''),
    ]),
  }
}
