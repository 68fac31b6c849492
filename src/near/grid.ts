import { grow } from '../memory/grow.js'
import type { ClientNumber } from '../memory/numbers.js'
import type { GeoPoint } from '../protocol/position.js'
import type { Box } from './distance.js'

/** A cell of the grid, by its number. */
export type CellNumber = number & { readonly cell: unique symbol }

/** The cell that is the whole earth. */
export const EARTH = 0 as CellNumber

/** A cell with more clients than this is divided: few enough to look at each, many enough that most reports stay in their cell. */
export const MAX_CELL_CLIENTS = 16

/** Four cells that together have no more clients than this become one again. It is less, so that a client at a border does not toggle that. */
const MAX_MERGED_CLIENTS = 8

/** The smallest cells: 2.4 m wide at the equator and 1.2 m high. Clients that are closer share a cell, however many they are. */
export const MAX_DEPTH = 24

const SIDE = 2 ** MAX_DEPTH

/** The words of a cell: its first part, or 0 if it is not divided; the cell that it is part of; its first client and their number. */
const PARTS = 0
const WHOLE = 1
const FIRST = 2
const SIZE = 3
/** How often the earth was divided to get it, and its column from the west and row from the south among cells of that depth. */
const DEPTH = 4
const COLUMN = 5
const ROW = 6
const CELL_WORDS = 7

/** A cell is divided into so many parts: the south-west, the south-east, the north-west and the north-east. */
const PARTS_PER_CELL = 4

/** The words of a client: the cell that it is in, and the clients before and after it there. All are 1 more, so that 0 is none. */
const CELL = 0
const PREVIOUS = 1
const NEXT = 2
const CLIENT_WORDS = 3

/** The number of clients that there is room for at first. */
const FIRST_CLIENTS = 64

/**
 * The points of clients in cells, which are divided where there are many clients, so that both a crowded city and an empty ocean take few steps to
 * search. A client that moves inside its cell costs two stores.
 */
export class Grid {
  #cells = new Uint32Array(CELL_WORDS * (1 + PARTS_PER_CELL))
  #cellCount = 1
  /** The first cells of groups of four that are free again. */
  readonly #free: CellNumber[] = []
  #clients = new Uint32Array(CLIENT_WORDS * FIRST_CLIENTS)
  /** Latitude and longitude of each client. */
  #points = new Float64Array(2 * FIRST_CLIENTS)

  /** The bytes of its arrays. */
  get bytes(): number {
    return this.#cells.byteLength + this.#clients.byteLength + this.#points.byteLength
  }

  /** All client numbers in the grid are below this. */
  get end(): number {
    return this.#points.length / 2
  }

  has(client: ClientNumber): boolean {
    return (this.#clients[client * CLIENT_WORDS + CELL] as number) > 0
  }

  /** The point of a client that is in the grid. */
  pointOf(client: ClientNumber): GeoPoint {
    return {
      latitude: this.#points[2 * client] as number,
      longitude: this.#points[2 * client + 1] as number,
    }
  }

  /** Adds a client, or moves it. */
  put(client: ClientNumber, { latitude, longitude }: GeoPoint): void {
    this.#clients = grow(this.#clients, (client + 1) * CLIENT_WORDS)
    this.#points = grow(this.#points, 2 * (client + 1))
    const [column, row] = [columnOf(longitude), rowOf(latitude)]
    const cell = this.#cellOf(client)
    const stays = cell !== undefined && this.#contains(cell, column, row)
    if (!stays) this.delete(client)
    this.#points[2 * client] = latitude
    this.#points[2 * client + 1] = longitude
    if (stays) return
    const leaf = this.#leafAt(column, row)
    this.#link(leaf, client)
    this.#divideIfCrowded(leaf)
  }

  /** Takes out a client, if it is in. */
  delete(client: ClientNumber): void {
    const cell = this.#cellOf(client)
    if (cell === undefined) return
    this.#unlink(cell, client)
    this.#mergeFrom(cell)
  }

  /** The four parts of a cell, in order of their numbers; undefined if it is not divided and so has clients. */
  partsOf(cell: CellNumber): readonly CellNumber[] | undefined {
    const first = this.#word(cell, PARTS)
    return first === 0 ? undefined : ([first, first + 1, first + 2, first + 3] as CellNumber[])
  }

  /** What part of the earth a cell is. */
  boxOf(cell: CellNumber): Box {
    const parts = 2 ** this.#word(cell, DEPTH)
    const [column, row] = [this.#word(cell, COLUMN), this.#word(cell, ROW)]
    return {
      west: (column * 360) / parts - 180,
      east: ((column + 1) * 360) / parts - 180,
      south: (row * 180) / parts - 90,
      north: ((row + 1) * 180) / parts - 90,
    }
  }

  /** How many clients a cell has that is not divided. */
  sizeOf(cell: CellNumber): number {
    return this.#word(cell, SIZE)
  }

  /** Calls `onClient` with the clients of a cell that is not divided, with at most so many. */
  eachIn(cell: CellNumber, most: number, onClient: (client: ClientNumber) => void): void {
    let at = this.#word(cell, FIRST)
    for (let left = most; left > 0 && at !== 0; left -= 1) {
      onClient((at - 1) as ClientNumber)
      at = this.#clients[(at - 1) * CLIENT_WORDS + NEXT] as number
    }
  }

  #word(cell: CellNumber, word: number): number {
    return this.#cells[cell * CELL_WORDS + word] as number
  }

  #set(cell: CellNumber, word: number, value: number): void {
    this.#cells[cell * CELL_WORDS + word] = value
  }

  #cellOf(client: ClientNumber): CellNumber | undefined {
    const cell = this.#clients[client * CLIENT_WORDS + CELL] ?? 0
    return cell === 0 ? undefined : ((cell - 1) as CellNumber)
  }

  #contains(cell: CellNumber, column: number, row: number): boolean {
    const shift = MAX_DEPTH - this.#word(cell, DEPTH)
    return column >>> shift === this.#word(cell, COLUMN) && row >>> shift === this.#word(cell, ROW)
  }

  #leafAt(column: number, row: number): CellNumber {
    let cell = EARTH
    let shift = MAX_DEPTH - 1
    for (let first = this.#word(cell, PARTS); first !== 0; first = this.#word(cell, PARTS)) {
      cell = (first + 2 * ((row >>> shift) & 1) + ((column >>> shift) & 1)) as CellNumber
      shift -= 1
    }
    return cell
  }

  #link(cell: CellNumber, client: ClientNumber): void {
    const first = this.#word(cell, FIRST)
    const at = client * CLIENT_WORDS
    this.#clients[at + CELL] = cell + 1
    this.#clients[at + PREVIOUS] = 0
    this.#clients[at + NEXT] = first
    if (first !== 0) this.#clients[(first - 1) * CLIENT_WORDS + PREVIOUS] = client + 1
    this.#set(cell, FIRST, client + 1)
    this.#set(cell, SIZE, this.#word(cell, SIZE) + 1)
  }

  #unlink(cell: CellNumber, client: ClientNumber): void {
    const at = client * CLIENT_WORDS
    const [previous, next] = [this.#clients[at + PREVIOUS] as number, this.#clients[at + NEXT] as number]
    if (previous === 0) this.#set(cell, FIRST, next)
    else this.#clients[(previous - 1) * CLIENT_WORDS + NEXT] = next
    if (next !== 0) this.#clients[(next - 1) * CLIENT_WORDS + PREVIOUS] = previous
    this.#clients[at + CELL] = 0
    this.#set(cell, SIZE, this.#word(cell, SIZE) - 1)
  }

  #divideIfCrowded(cell: CellNumber): void {
    const depth = this.#word(cell, DEPTH)
    if (this.#word(cell, SIZE) <= MAX_CELL_CLIENTS || depth === MAX_DEPTH) return
    const first = this.#addParts(cell)
    const shift = MAX_DEPTH - 1 - depth
    this.#takeAll(cell, (client) => {
      const { latitude, longitude } = this.pointOf(client)
      const part = 2 * ((rowOf(latitude) >>> shift) & 1) + ((columnOf(longitude) >>> shift) & 1)
      this.#link((first + part) as CellNumber, client)
    })
    for (let part = 0; part < PARTS_PER_CELL; part += 1) this.#divideIfCrowded((first + part) as CellNumber)
  }

  #addParts(cell: CellNumber): CellNumber {
    const first = this.#free.pop() ?? this.#newCells()
    this.#set(cell, PARTS, first)
    for (let part = 0; part < PARTS_PER_CELL; part += 1) {
      const added = (first + part) as CellNumber
      this.#set(added, PARTS, 0)
      this.#set(added, WHOLE, cell)
      this.#set(added, FIRST, 0)
      this.#set(added, SIZE, 0)
      this.#set(added, DEPTH, this.#word(cell, DEPTH) + 1)
      this.#set(added, COLUMN, 2 * this.#word(cell, COLUMN) + (part & 1))
      this.#set(added, ROW, 2 * this.#word(cell, ROW) + (part >>> 1))
    }
    return first
  }

  #newCells(): CellNumber {
    const first = this.#cellCount as CellNumber
    this.#cellCount += PARTS_PER_CELL
    this.#cells = grow(this.#cells, this.#cellCount * CELL_WORDS)
    return first
  }

  /** A client has left a cell: merges the cells around it that have few clients. */
  #mergeFrom(cell: CellNumber): void {
    for (let left = cell; left !== EARTH;) {
      const whole = this.#word(left, WHOLE) as CellNumber
      const parts = this.partsOf(whole) as readonly CellNumber[]
      let size = 0
      for (const part of parts) size += this.#word(part, PARTS) === 0 ? this.#word(part, SIZE) : Infinity
      if (size > MAX_MERGED_CLIENTS) return
      for (const part of parts)
        this.#takeAll(part, (client) => {
          this.#link(whole, client)
        })
      this.#set(whole, PARTS, 0)
      this.#free.push(parts[0] as CellNumber)
      left = whole
    }
  }

  /** Takes all clients out of a cell that is not divided. `onClient` may put each into another one. */
  #takeAll(cell: CellNumber, onClient: (client: ClientNumber) => void): void {
    let at = this.#word(cell, FIRST)
    this.#set(cell, FIRST, 0)
    this.#set(cell, SIZE, 0)
    while (at !== 0) {
      const client = (at - 1) as ClientNumber
      at = this.#clients[client * CLIENT_WORDS + NEXT] as number
      onClient(client)
    }
  }
}

/** The column of the smallest cells that a longitude is in. 180 degrees east is in the easternmost, not in the westernmost. */
function columnOf(longitude: number): number {
  return Math.min(SIDE - 1, Math.floor(((longitude + 180) * SIDE) / 360))
}

function rowOf(latitude: number): number {
  return Math.min(SIDE - 1, Math.floor(((latitude + 90) * SIDE) / 180))
}
