import Table, { type HorizontalTableRow } from 'cli-table3'

export type Row = HorizontalTableRow

/** Rows under a head, in columns without borders. */
export function table(head: readonly string[], rows: readonly Row[]): string {
  const drawn = new Table({
    head: [...head],
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
