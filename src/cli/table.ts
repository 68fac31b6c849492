import Table, { type HorizontalTableRow } from 'cli-table3'

export type Row = HorizontalTableRow

/** Rows under a head, in columns without borders, two spaces apart. `right` tells which columns hold numbers. */
export function table(head: readonly string[], rows: readonly Row[], right: readonly number[] = []): string {
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
