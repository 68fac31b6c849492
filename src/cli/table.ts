import Table from 'cli-table3'

/** A table without borders, whose columns are two spaces apart. `right` tells which columns hold numbers. */
export function borderless(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (right.includes(column) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    chars: { ...BORDERLESS, middle: '  ' },
  })
  for (const row of rows) table.push([...row])
  return table.toString().replace(/ +$/gm, '')
}

const SIDES = ['top', 'bottom', 'left', 'right', 'mid'] as const
const BORDERLESS = Object.fromEntries(
  SIDES.flatMap((side) => ['', '-mid', '-left', '-right'].map((part) => [`${side}${part}`, ''])),
)
