import type { ClientNumber } from '../memory/numbers.js'
import { isInBox, type Box } from './distance.js'
import { EARTH, type CellNumber, type Grid } from './grid.js'
import type { Steps } from './steps.js'

/**
 * Up to so many clients are collected from the cells that a box touches. If there are more, going through all clients by number soon finds enough
 * of them.
 */
export const MAX_COLLECTED = 10_000

/** How many numbers are then looked at in one go: about a millisecond of work. */
export const MAX_SCANNED = 50_000

/** Which clients of a box are wanted: at most `limit`, with numbers from `from` on. What is looked at is taken from `steps`. */
export interface BoxQuery {
  readonly limit: number
  readonly from: number
  readonly steps?: Steps
}

/** Some clients of a box, by number. */
export interface BoxPart {
  readonly clients: readonly ClientNumber[]
  /** The number from which on there may be more; undefined if there are none. */
  readonly next: number | undefined
}

/**
 * The clients in a box, by number. Clients keep their numbers, so one that exists while all parts are read comes exactly once, however it
 * moves inside the box. A part may have no clients although there are more.
 */
export function findInBox(grid: Grid, box: Box, { limit, from, steps = { left: 0 } }: BoxQuery): BoxPart {
  const collected = collect(grid, box, steps)
  if (!collected) return scan(grid, box, { limit, from, steps })
  const clients = collected.filter((client) => client >= from).sort((a, b) => a - b)
  return { clients: clients.slice(0, limit), next: clients[limit] }
}

/** The clients in a box in no order; undefined if the cells that it touches have too many. */
function collect(grid: Grid, box: Box, steps: Steps): ClientNumber[] | undefined {
  const collected: ClientNumber[] = []
  let seen = 0
  const search = (cell: CellNumber): boolean => {
    const parts = grid.partsOf(cell)
    if (parts) return parts.every((part) => !touches(grid.boxOf(part), box) || search(part))
    seen += grid.sizeOf(cell)
    if (seen > MAX_COLLECTED) return false
    grid.eachIn(cell, MAX_COLLECTED, (client) => {
      if (isInBox(box, grid.pointOf(client))) collected.push(client)
    })
    return true
  }
  const hasAll = search(EARTH)
  steps.left -= Math.min(seen, MAX_COLLECTED)
  return hasAll ? collected : undefined
}

function scan(grid: Grid, box: Box, { limit, from, steps }: Required<BoxQuery>): BoxPart {
  const clients: ClientNumber[] = []
  const end = Math.min(grid.end, from + MAX_SCANNED)
  let number = from
  for (; number < end && clients.length < limit; number += 1) {
    const client = number as ClientNumber
    if (grid.has(client) && isInBox(box, grid.pointOf(client))) clients.push(client)
  }
  steps.left -= number - from
  return { clients, next: number < grid.end ? number : undefined }
}

/** Whether a cell has a point in common with a box. */
function touches(cell: Box, { west, south, east, north }: Box): boolean {
  if (cell.south > north || cell.north < south) return false
  if (west <= east) return cell.west <= east && cell.east >= west
  return cell.east >= west || cell.west <= east
}
