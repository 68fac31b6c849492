import { Histogram } from '../histogram.js'
import type { PlacesCall } from '../places/places.js'

/** Whether a call of a places service has brought an answer. */
export type CallResult = 'ok' | 'failed'

/** How long the calls of one service with one result took. */
export interface CallTime {
  readonly provider: string
  readonly result: CallResult
  /** In seconds. */
  readonly histogram: Histogram
}

/** From the built-in cities to the longest time that a look-up may take. In seconds. */
const BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** How long calls of places services took, by service and result. */
export class CallTimes {
  readonly #times = new Map<string, CallTime>()

  add({ provider, outcome, tookMs }: PlacesCall): void {
    const result = outcome === 'ok' ? 'ok' : 'failed'
    const key = `${provider} ${result}`
    const time = this.#times.get(key) ?? { provider, result, histogram: new Histogram(BOUNDS) }
    this.#times.set(key, time)
    time.histogram.add(tookMs / 1_000)
  }

  /** Those of which there was a call. */
  get all(): readonly CallTime[] {
    return [...this.#times.values()]
  }
}
