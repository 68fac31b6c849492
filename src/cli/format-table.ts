import Table, { type HorizontalTableRow } from 'cli-table3'

export type TableRow = HorizontalTableRow

/** Rows under a header, in columns without borders, two spaces apart. The columns in `right` are right-aligned. */
export function formatTable(
  head: readonly string[],
  rows: readonly TableRow[],
  right: readonly number[] = [],
): string {
  const drawn = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (right.includes(column) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    chars: { ...BORDERLESS, middle: '  ' },
  })
  drawn.push(...rows)
  return drawn.toString().replace(/ +$/gm, '')
}

const SIDES = ['top', 'bottom', 'left', 'right', 'mid'] as const
const BORDERLESS = Object.fromEntries(
  SIDES.flatMap((side) => ['', '-mid', '-left', '-right'].map((part) => [`${side}${part}`, ''])),
)
