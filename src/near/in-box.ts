import type { ClientNumber } from '../memory/numbers.js'
import { isInBox, type Box } from './distance.js'
import { EARTH, type CellNumber, type Grid } from './grid.js'

/**
 * Up to so many clients are collected from the cells that a box touches. If there are more, going through all clients by number soon finds enough
 * of them.
 */
export const MAX_COLLECTED = 10_000

/** How many numbers are then looked at in one go: about a millisecond of work. */
export const MAX_SCANNED = 50_000

/** Which clients of a box are wanted: at most `limit`, with numbers from `from` on. */
export interface BoxQuery {
  readonly limit: number
  readonly from: number
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
export function findInBox(grid: Grid, box: Box, { limit, from }: BoxQuery): BoxPart {
  const collected = collect(grid, box)
  if (!collected) return scan(grid, box, { limit, from })
  const clients = collected.filter((client) => client >= from).sort((a, b) => a - b)
  return { clients: clients.slice(0, limit), next: clients[limit] }
}

/** The first clients in a box, by number, however many numbers must be looked at. */
export function firstInBox(grid: Grid, box: Box, { limit, from }: BoxQuery): ClientNumber[] {
  const found: ClientNumber[] = []
  let next: number | undefined = from
  while (next !== undefined && found.length < limit) {
    const part: BoxPart = findInBox(grid, box, { limit: limit - found.length, from: next })
    found.push(...part.clients)
    next = part.next
  }
  return found
}

/** The clients in a box in no order; undefined if the cells that it touches have too many. */
function collect(grid: Grid, box: Box): ClientNumber[] | undefined {
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
  return search(EARTH) ? collected : undefined
}

function scan(grid: Grid, box: Box, { limit, from }: BoxQuery): BoxPart {
  const clients: ClientNumber[] = []
  const end = Math.min(grid.end, from + MAX_SCANNED)
  let number = from
  for (; number < end && clients.length < limit; number += 1) {
    const client = number as ClientNumber
    if (grid.has(client) && isInBox(box, grid.pointOf(client))) clients.push(client)
  }
  return { clients, next: number < grid.end ? number : undefined }
}

/** Whether a cell has a point in common with a box. */
function touches(cell: Box, { west, south, east, north }: Box): boolean {
  if (cell.south > north || cell.north < south) return false
  if (west <= east) return cell.west <= east && cell.east >= west
  return cell.east >= west || cell.west <= east
}
