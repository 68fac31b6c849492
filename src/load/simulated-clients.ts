import { RANGE, Xorshift32, threshold } from './xorshift32.js'

/** How many clients are simulated, and how they report. */
export interface SimulatedClientsOptions {
  readonly clients: number
  readonly seed: number
  /** The percentage of reports that are older than their client's newest, and so have no effect. */
  readonly latePercent: number
  /** The percentage of reports that have the same time as their client's newest, but another position: the greater text must win. */
  readonly tiedPercent: number
}

/** The most clients: the numbers in their IDs have eight digits. */
export const MAX_CLIENTS = 100_000_000

// Within the limits of every geospatial index; those of web maps end near 85 degrees of latitude.
const MAX_LATITUDE_MICRODEGREES = 80_000_000
const MAX_LONGITUDE_MICRODEGREES = 179_000_000

// A step is 10 to 100 m: more than any index rounds away, because a report of an unchanged position would be no work for it.
const LEAST_STEP_MICRODEGREES = 100
const STEP_RANGE_MICRODEGREES = 1_024

/** A late report is up to a second older than the newest. */
const LATE_RANGE_MICROSECONDS = 1_000_000

// Greater than the order of any degrees with a plus sign.
const MINUS = 1_000_000_000

/**
 * Clients that move and report, and the state that a herd must reach: the newest report of each client by the merge law. Everything is in
 * typed arrays indexed by client number, because there may be a million clients.
 */
export class SimulatedClients {
  readonly size: number
  /** The time of each client's newest report in microseconds since the start; 0 if it has not reported yet. */
  readonly newest: Uint32Array
  /** The position in each client's newest report, in millionths of a degree. */
  readonly latitudes: Int32Array
  readonly longitudes: Int32Array
  /** The clients with a report that was refused, or lost with its connection. What servers hold for them is not known. */
  readonly uncertain = new Set<number>()
  /** The last report made. These are fields, and not a new object, because there may be half a million reports per second. */
  microseconds = 0
  latitude = 0
  longitude = 0
  /** The time of the newest report. It starts high enough to leave room for late reports. */
  #now = LATE_RANGE_MICROSECONDS
  readonly #lateBelow: number
  readonly #tiedBelow: number

  constructor({ clients, seed, latePercent, tiedPercent }: SimulatedClientsOptions) {
    this.size = clients
    this.newest = new Uint32Array(clients)
    this.latitudes = new Int32Array(clients)
    this.longitudes = new Int32Array(clients)
    this.#lateBelow = threshold(latePercent)
    this.#tiedBelow = threshold(latePercent + tiedPercent)
    const random = new Xorshift32(seed)
    for (let client = 0; client < clients; client += 1) {
      this.latitudes[client] = random.below(2 * MAX_LATITUDE_MICRODEGREES) - MAX_LATITUDE_MICRODEGREES
      this.longitudes[client] = random.below(2 * MAX_LONGITUDE_MICRODEGREES) - MAX_LONGITUDE_MICRODEGREES
    }
  }

  /** The newest time of all reports so far, in microseconds since the start. */
  get now(): number {
    return this.#now
  }

  /** Makes the next report of a client and stores it in the fields above. */
  report(client: number, random: Xorshift32): void {
    const newest = this.newest[client] as number
    const latitude = this.latitudes[client] as number
    const longitude = this.longitudes[client] as number
    const steps = random.next()
    this.latitude = moved(latitude, steps, MAX_LATITUDE_MICRODEGREES)
    this.longitude = moved(longitude, steps >>> 11, MAX_LONGITUDE_MICRODEGREES)
    const kind = newest === 0 ? RANGE : random.next()
    if (kind < this.#lateBelow) {
      this.microseconds = newest - 1 - random.below(LATE_RANGE_MICROSECONDS)
      return
    }
    const isTied = kind < this.#tiedBelow
    this.microseconds = isTied ? newest : (this.#now += 1)
    // A step always changes the latitude, so the latitude decides which text is greater.
    if (isTied && textOrder(this.latitude) < textOrder(latitude)) return
    this.newest[client] = this.microseconds
    this.latitudes[client] = this.latitude
    this.longitudes[client] = this.longitude
  }
}

/** Moves a coordinate by a step whose length and direction come from `bits`; turns back at the limit. */
function moved(from: number, bits: number, most: number): number {
  const length = LEAST_STEP_MICRODEGREES + (bits & (STEP_RANGE_MICRODEGREES - 1))
  const step = (bits & STEP_RANGE_MICRODEGREES) === 0 ? length : -length
  return Math.abs(from + step) > most ? from - step : from + step
}

/** A number that orders degrees like their texts: all have the same number of digits, and "-" is greater than "+". */
function textOrder(microdegrees: number): number {
  return microdegrees < 0 ? MINUS - microdegrees : microdegrees
}
