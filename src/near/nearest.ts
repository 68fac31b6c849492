import type { ClientNumber } from '../memory/numbers.js'
import type { GeoPoint } from '../protocol/position.js'
import { distanceM, haversineOfM, haversineToBox } from './distance.js'
import { EARTH, type CellNumber, type Grid } from './grid.js'

/** A client and its distance from a point. */
export interface NearClient {
  readonly client: ClientNumber
  readonly distanceM: number
}

/** What is searched for. */
export interface NearQuery {
  readonly point: GeoPoint
  readonly radiusM: number
  /** The maximum number of clients. */
  readonly limit: number
  /** Whether a client counts; without it, all do. */
  readonly isVisible?: ((client: ClientNumber) => boolean) | undefined
}

/** Orders clients that are equally far away: negative if the first comes first. It is never 0. */
type ClientOrder = (a: ClientNumber, b: ClientNumber) => number

/**
 * So many clients of a cell are looked at. Only the smallest cells can have more: it matters where a greater crowd stands within 2.4 m, and would take
 * longer than everybody else can wait.
 */
export const MAX_CROWD = 20_000

/** A cell is left out only if it is further away than all rounding errors could explain. */
const ROUNDING = 1e-12

/**
 * The clients that are nearest to a point, nearest first. Cells are searched nearest first and only while they can have a client that is near enough,
 * so the time depends on how many clients are wanted, not on the radius.
 */
export function findNearest(grid: Grid, query: NearQuery, order: ClientOrder): NearClient[] {
  const { point, radiusM, limit, isVisible } = query
  const found: NearClient[] = []
  if (limit === 0) return found
  let reach = haversineOfM(radiusM) * (1 + ROUNDING)
  const take = (client: ClientNumber): void => {
    const near = { client, distanceM: distanceM(point, grid.pointOf(client)) }
    const last = found[found.length - 1]
    if (near.distanceM > radiusM) return
    if (found.length === limit && last && comesFirst(last, near, order)) return
    if (isVisible && !isVisible(client)) return
    found.splice(placeOf(near, found, order), 0, near)
    if (found.length > limit) found.pop()
    const furthest = found[limit - 1]
    if (furthest) reach = haversineOfM(furthest.distanceM) * (1 + ROUNDING)
  }
  const search = (cell: CellNumber): void => {
    const parts = grid.partsOf(cell)
    if (!parts) {
      grid.eachIn(cell, MAX_CROWD, take)
      return
    }
    const ways = parts.map((part) => ({ part, away: haversineToBox(point, grid.boxOf(part)) }))
    ways.sort((a, b) => a.away - b.away)
    for (const { part, away } of ways) if (away <= reach) search(part)
  }
  search(EARTH)
  return found
}

function comesFirst(a: NearClient, b: NearClient, order: ClientOrder): boolean {
  if (a.distanceM !== b.distanceM) return a.distanceM < b.distanceM
  return order(a.client, b.client) < 0
}

/** The index in a sorted list where a client belongs. */
function placeOf(near: NearClient, sorted: readonly NearClient[], order: ClientOrder): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (comesFirst(sorted[middle] as NearClient, near, order)) from = middle + 1
    else to = middle
  }
  return from
}
