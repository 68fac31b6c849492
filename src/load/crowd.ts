import { CHANCES, Dice, happensBelow } from './dice.js'

/** What kind of crowd a herd is told of. */
export interface CrowdOptions {
  readonly clients: number
  readonly seed: number
  /** Of 100 reports, how many have a time before that of the client's newest: they come too late to count. */
  readonly latePercent: number
  /** Of 100 reports, how many have the very time of the client's newest, and another position: the greater text must win. */
  readonly tiedPercent: number
}

/** The most clients: their numbers have eight digits. */
export const MAX_CLIENTS = 100_000_000

// A little less than there is, so that every herd and every geospatial index takes it: those of the web end near 85 degrees.
const MAX_LATITUDE_MICRODEGREES = 80_000_000
const MAX_LONGITUDE_MICRODEGREES = 179_000_000

// A step is some 10 to 100 m: more than any index rounds away, for a report of the same position would be no work for it.
const LEAST_STEP_MICRODEGREES = 100
const STEP_RANGE_MICRODEGREES = 1_024

/** A late report is up to a second older than the newest one. */
const LATE_RANGE_MICROSECONDS = 1_000_000

// Above any text of a position without a minus sign.
const MINUS = 1_000_000_000

/**
 * Clients that move and tell of it, and what a herd that heard them must hold in the end: the newest report of each by the merge law. All
 * in typed arrays by the number of the client, since there may be a million of them.
 */
export class Crowd {
  readonly size: number
  /** The time of each client's newest report in microseconds since the crowd began; 0 if it has not reported yet. */
  readonly newest: Uint32Array
  /** Where each client was then, in millionths of a degree. */
  readonly latitudes: Int32Array
  readonly longitudes: Int32Array
  /** The report made last. Fields and no object, because there may be half a million of them in a second. */
  microseconds = 0
  latitude = 0
  longitude = 0
  /** The time of the newest report of all. It begins so late that there is room for late ones before it. */
  #now = LATE_RANGE_MICROSECONDS
  readonly #lateBelow: number
  readonly #tiedBelow: number

  constructor({ clients, seed, latePercent, tiedPercent }: CrowdOptions) {
    this.size = clients
    this.newest = new Uint32Array(clients)
    this.latitudes = new Int32Array(clients)
    this.longitudes = new Int32Array(clients)
    this.#lateBelow = happensBelow(latePercent)
    this.#tiedBelow = happensBelow(latePercent + tiedPercent)
    const dice = new Dice(seed)
    for (let client = 0; client < clients; client += 1) {
      this.latitudes[client] = dice.below(2 * MAX_LATITUDE_MICRODEGREES) - MAX_LATITUDE_MICRODEGREES
      this.longitudes[client] = dice.below(2 * MAX_LONGITUDE_MICRODEGREES) - MAX_LONGITUDE_MICRODEGREES
    }
  }

  /** The newest time of all reports so far, in microseconds since the crowd began. */
  get now(): number {
    return this.#now
  }

  /** Makes the next report of a client, into the fields of this crowd. */
  report(client: number, dice: Dice): void {
    const newest = this.newest[client] as number
    const latitude = this.latitudes[client] as number
    const longitude = this.longitudes[client] as number
    const steps = dice.roll()
    this.latitude = moved(latitude, steps, MAX_LATITUDE_MICRODEGREES)
    this.longitude = moved(longitude, steps >>> 11, MAX_LONGITUDE_MICRODEGREES)
    const kind = newest === 0 ? CHANCES : dice.roll()
    if (kind < this.#lateBelow) {
      this.microseconds = newest - 1 - dice.below(LATE_RANGE_MICROSECONDS)
      return
    }
    const isTied = kind < this.#tiedBelow
    this.microseconds = isTied ? newest : (this.#now += 1)
    // A step always changes the latitude, and so it decides which text is greater.
    if (isTied && textOrder(this.latitude) < textOrder(latitude)) return
    this.newest[client] = this.microseconds
    this.latitudes[client] = this.latitude
    this.longitudes[client] = this.longitude
  }
}

/** A step on, or back where the world ends. */
function moved(from: number, dice: number, most: number): number {
  const length = LEAST_STEP_MICRODEGREES + (dice & (STEP_RANGE_MICRODEGREES - 1))
  const step = (dice & STEP_RANGE_MICRODEGREES) === 0 ? length : -length
  return Math.abs(from + step) > most ? from - step : from + step
}

/** Orders degrees as their texts are ordered: all have the same number of digits, and a minus sign is greater than a plus sign. */
function textOrder(microdegrees: number): number {
  return microdegrees < 0 ? MINUS - microdegrees : microdegrees
}
