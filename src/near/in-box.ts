import { NO_CLIENT, type ClientNumber } from '../memory/numbers.js'
import { isInBox, type Box } from './distance.js'
import { EARTH, type CellNumber, type Grid } from './grid.js'

/**
 * Up to so many clients are collected from the cells that a box touches. If there are more, going through all clients by number soon finds enough
 * of them.
 */
export const MAX_COLLECTED = 10_000

/** Which clients of a box are wanted: at most `limit`, with numbers above `after`. */
export interface BoxPage {
  readonly limit: number
  readonly after: ClientNumber
}

/**
 * The clients in a box, by number. Clients keep their numbers, so one that exists while all pages are read comes exactly once, however it
 * moves inside the box.
 */
export function findInBox(grid: Grid, box: Box, { limit, after }: BoxPage): ClientNumber[] {
  const collected = collect(grid, box)
  if (!collected) return scan(grid, box, { limit, after })
  return collected
    .filter((client) => client > after)
    .sort((a, b) => a - b)
    .slice(0, limit)
}

/** The clients in a box in no order; undefined if the cells that it touches have too many. */
function collect(grid: Grid, box: Box): ClientNumber[] | undefined {
  const collected: ClientNumber[] = []
  let seen = 0
  const search = (cell: CellNumber): boolean => {
    const parts = grid.partsOf(cell)
    if (parts) return parts.every((part) => !touches(grid.boxOf(part), box) || search(part))
    grid.eachIn(cell, (client) => {
      seen += 1
      if (seen <= MAX_COLLECTED && isInBox(box, grid.pointOf(client))) collected.push(client)
    })
    return seen <= MAX_COLLECTED
  }
  return search(EARTH) ? collected : undefined
}

function scan(grid: Grid, box: Box, { limit, after }: BoxPage): ClientNumber[] {
  const found: ClientNumber[] = []
  for (
    let number = after === NO_CLIENT ? 0 : after + 1;
    number < grid.end && found.length < limit;
    number += 1
  ) {
    const client = number as ClientNumber
    if (grid.has(client) && isInBox(box, grid.pointOf(client))) found.push(client)
  }
  return found
}

/** Whether a cell has a point in common with a box. */
function touches(cell: Box, { west, south, east, north }: Box): boolean {
  if (cell.south > north || cell.north < south) return false
  if (west <= east) return cell.west <= east && cell.east >= west
  return cell.east >= west || cell.west <= east
}
