import { RoundTrip } from './round-trip.js'

/** How often each side of a link says that it is alive, in milliseconds. */
export const HEARTBEAT_MS = 1_000

/**
 * A link is taken for dead after this much silence plus two round trips. A neighbour says something every second, and lost packets can hold
 * that up for 3 s. Any byte counts: a neighbour that is busy is alive.
 */
export const SILENCE_MS = 5_000
const ROUND_TRIPS = 2

/** What is due: nothing, a sign of life, with a token if the neighbour returns it, or the end of a link whose neighbour gives none. */
export type Beat =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'ping'; readonly token: number | undefined }
  | { readonly kind: 'dead'; readonly why: string }

/** When to say that we are alive on a link that is up, and whether the neighbour still is. Times are milliseconds. */
export class Heartbeat {
  readonly roundTrip = new RoundTrip()
  /** Whether the neighbour returns tokens, so that the round trip can be measured. */
  measures = false
  dueAt: number
  /** Silence is counted from then on at the earliest. */
  #since: number
  #lookedAt: number

  constructor(now: number) {
    this.dueAt = now + HEARTBEAT_MS
    this.#since = now
    this.#lookedAt = now
  }

  /** Time has passed. `heardAt` is when the neighbour's last byte came. */
  timePassed(now: number, heardAt: number): Beat {
    // If this process was held up, the neighbour's bytes are still to be read.
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
