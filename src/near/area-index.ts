import type { GeoPoint } from '../protocol/position.js'
import { boundsOf, type Area, type Bounds } from './area.js'
import { pointAlong, type Segment } from './segment.js'
import { vectorOf, type Vector } from './vector.js'

/** How often the cube around the earth is halved for the smallest cells, which are 97 m wide. Three numbers of so many bits fit into a double. */
const MAX_DEPTH = 17

/** A line is cut into pieces as long as a cell. An arc of that length bulges by an eighth of its square. */
const BULGE = 1 / 8

/** The cells of one size that have areas, and these areas. */
interface Level<T> {
  readonly items: Set<T>
  readonly cells: Map<number, Set<T>>
}

interface Place {
  readonly depth: number
  readonly cells: readonly number[]
}

/**
 * Areas by place. The cells are those of a cube around the earth, not of a map, so that poles and the 180th meridian are places like any other. An area is
 * in up to eight cells that are at least as large as it is, so a point finds the areas near it in one cell of each size.
 */
export class AreaIndex<T> {
  readonly #levels: (Level<T> | undefined)[] = []
  readonly #places = new Map<T, Place>()

  get isEmpty(): boolean {
    return this.#places.size === 0
  }

  /** Puts an item at an area, or moves it there. */
  put(item: T, area: Area): void {
    this.delete(item)
    const bounds = boundsOf(area)
    const depth = depthFor(bounds)
    const level = (this.#levels[depth] ??= { items: new Set<T>(), cells: new Map<number, Set<T>>() })
    const cells = [...cellsIn(bounds, depth)]
    level.items.add(item)
    for (const cell of cells) {
      const items = level.cells.get(cell)
      if (items) items.add(item)
      else level.cells.set(cell, new Set([item]))
    }
    this.#places.set(item, { depth, cells })
  }

  delete(item: T): void {
    const place = this.#places.get(item)
    if (!place) return
    this.#places.delete(item)
    const level = this.#levels[place.depth] as Level<T>
    level.items.delete(item)
    for (const cell of place.cells) {
      const items = level.cells.get(cell) as Set<T>
      items.delete(item)
      if (items.size === 0) level.cells.delete(cell)
    }
  }

  /** Calls `visit` with all items whose areas have a point, and with some near it. */
  eachAt(point: GeoPoint, visit: (item: T) => void): void {
    if (this.isEmpty) return
    const vector = vectorOf(point)
    this.#levels.forEach((level, depth) => {
      level?.cells.get(cellAt(vector, depth))?.forEach(visit)
    })
  }

  /** Calls `visit` with all items whose areas a line meets, and with some near it; with some of them more than once. */
  eachAlong(segment: Segment, visit: (item: T) => void): void {
    this.#levels.forEach((level, depth) => {
      if (!level || level.items.size === 0) return
      const pieces = Math.ceil(segment.angle / sizeAt(depth))
      // A long line through small cells has more of them than there are areas.
      if (pieces >= level.items.size) {
        level.items.forEach(visit)
        return
      }
      for (let piece = 0; piece < pieces; piece += 1)
        for (const cell of cellsIn(boundsOfPiece(segment, piece, pieces), depth))
          level.cells.get(cell)?.forEach(visit)
    })
  }
}

/** The depth of the smallest cells that are not smaller than some bounds. */
function depthFor({ least, greatest }: Bounds): number {
  const side = Math.max(greatest[0] - least[0], greatest[1] - least[1], greatest[2] - least[2])
  return Math.max(0, Math.min(MAX_DEPTH, Math.floor(Math.log2(2 / side))))
}

function sizeAt(depth: number): number {
  return 2 / 2 ** depth
}

function cellAt([x, y, z]: Vector, depth: number): number {
  return (part(x, depth) * 2 ** MAX_DEPTH + part(y, depth)) * 2 ** MAX_DEPTH + part(z, depth)
}

function* cellsIn({ least, greatest }: Bounds, depth: number): Generator<number> {
  for (let x = part(least[0], depth); x <= part(greatest[0], depth); x += 1)
    for (let y = part(least[1], depth); y <= part(greatest[1], depth); y += 1)
      for (let z = part(least[2], depth); z <= part(greatest[2], depth); z += 1)
        yield (x * 2 ** MAX_DEPTH + y) * 2 ** MAX_DEPTH + z
}

/** The index of the cell that has a coordinate. */
function part(coordinate: number, depth: number): number {
  return Math.max(0, Math.min(2 ** depth - 1, Math.floor((coordinate + 1) / sizeAt(depth))))
}

function boundsOfPiece(segment: Segment, piece: number, pieces: number): Bounds {
  const length = segment.angle / pieces
  const [from, to] = [pointAlong(segment, piece * length), pointAlong(segment, (piece + 1) * length)]
  const bulge = length * length * BULGE
  const side = (axis: 0 | 1 | 2, sign: 1 | -1): number =>
    sign * (Math.max(sign * from[axis], sign * to[axis]) + bulge)
  return {
    least: [side(0, -1), side(1, -1), side(2, -1)],
    greatest: [side(0, 1), side(1, 1), side(2, 1)],
  }
}
