import type { Flood } from '../flood/flood.js'
import type { Follower } from '../flood/follower.js'
import type { Route } from '../flood/origin.js'
import { Histogram } from '../histogram.js'
import type { ClientNumber } from '../memory/numbers.js'
import { arrivedAt, originOf } from '../protocol/report.js'

const MICROSECONDS_PER_SECOND = 1_000_000
const MICROSECONDS_PER_MILLISECOND = 1_000

/** From less than a round trip on one machine to a server that was down for minutes. In seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/**
 * Measures how long reports of other servers are under way: from the arrival at their origin, by its clock, until they are here, by ours. Only
 * links to other processes and engines count; between servers of one process, reports are passed in the same tick.
 */
export class Convergence {
  readonly #flood: Pick<Flood, 'follow' | 'reportOf'>
  readonly #clockUs: () => number
  readonly #follower: Follower
  /** Our clock in this tick, in microseconds since 1970. */
  #nowUs: number | undefined
  readonly seconds = new Histogram(BOUNDS)
  /** By how many milliseconds the clocks of neighbours are ahead, as far as that is known. */
  clockOffsetsMs: ReadonlyMap<string, number> = new Map()

  /** `clockUs` is our clock, in microseconds since 1970. */
  constructor(flood: Pick<Flood, 'follow' | 'reportOf'>, clockUs: () => number) {
    this.#flood = flood
    this.#clockUs = clockUs
    this.#follower = flood.follow({
      from: 'now',
      selects: (client, route, sender, arrivedAt) => {
        if (sender?.kind === 'proxyherd' || sender?.kind === 'engine') this.#note(client, route, arrivedAt)
        // Nothing has to be read later.
        return false
      },
      onRemoved: () => undefined,
    })
  }

  /** Called once per tick: what has come in it is here now. */
  tickEnded(): void {
    this.#follower.absorb()
    this.#nowUs = undefined
  }

  close(): void {
    this.#follower.cancel()
  }

  #note(client: ClientNumber, route: Route, arrivedAt: number): void {
    if (typeof route === 'object') this.#add(route.name, arrivedAt)
    else this.#noteReport(client)
  }

  /** A late report, or one of an engine: when it arrived at its origin is known only from itself. */
  #noteReport(client: ClientNumber): void {
    const report = this.#flood.reportOf(client)
    this.#add(originOf(report), arrivedAt(report))
  }

  #add(origin: string, arrivedAt: number): void {
    this.#nowUs ??= this.#clockUs()
    const aheadUs = MICROSECONDS_PER_MILLISECOND * (this.clockOffsetsMs.get(origin) ?? 0)
    // Of a clock that is ahead but not of a neighbour, nothing better is known.
    this.seconds.add(Math.max(0, this.#nowUs - arrivedAt + aheadUs) / MICROSECONDS_PER_SECOND)
  }
}
