import { ClockOffset } from './clock-offset.js'
import { RoundTrip } from './round-trip.js'

/** The interval of heartbeats from each side of a link, in milliseconds. */
export const HEARTBEAT_MS = 1_000

/**
 * A link counts as dead after this much silence plus two round trips. A neighbour sends something every second, which lost packets can delay
 * by 3 s. Any byte counts, because a busy neighbour is alive.
 */
export const SILENCE_MS = 5_000
const ROUND_TRIPS = 2

/** What is due: nothing, a heartbeat, with a token if the neighbour returns it, or the end of a link whose neighbour is silent. */
type Beat =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'ping'; readonly token: number | undefined }
  | { readonly kind: 'dead'; readonly why: string }

/** Decides when to send heartbeats on a link that is up, and whether the neighbour is alive. Times are milliseconds. */
export class Heartbeat {
  readonly roundTrip = new RoundTrip()
  readonly clockOffset = new ClockOffset()
  /** Whether the neighbour returns tokens, so that the round trip can be measured. */
  measures = false
  dueAt: number
  /** Silence counts from this time at the earliest. */
  #since: number
  #lookedAt: number

  constructor(now: number) {
    this.dueAt = now + HEARTBEAT_MS
    this.#since = now
    this.#lookedAt = now
  }

  /** Time has passed. `heardAt` is when the neighbour's last byte arrived. */
  timePassed(now: number, heardAt: number): Beat {
    // If this process was held up, bytes of the neighbour may be waiting to be read.
    if (now - this.#lookedAt > 2 * HEARTBEAT_MS) this.#since = now
    this.#lookedAt = now
    const silence = now - Math.max(this.#since, heardAt)
    if (silence >= SILENCE_MS + ROUND_TRIPS * this.roundTrip.waitMs)
      return { kind: 'dead', why: `it has sent nothing for ${Math.round(silence / 100) / 10} s` }
    if (now < this.dueAt) return { kind: 'nothing' }
    this.dueAt = now + HEARTBEAT_MS
    return { kind: 'ping', token: this.measures ? Math.round(now) : undefined }
  }
}
