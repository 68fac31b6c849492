import type { Flood } from '../flood/flood.js'
import type { Follower } from '../flood/follower.js'
import type { ClientNumber } from '../memory/numbers.js'
import { compareBytes } from '../protocol/bytes.js'
import { geoPointIn } from '../protocol/position.js'
import type { Box } from './distance.js'
import { Grid } from './grid.js'
import { findInBox, type BoxPart, type BoxQuery } from './in-box.js'
import { findNearest, type NearClient, type NearQuery } from './nearest.js'

/** The part of a flood that is followed. */
type FollowedFlood = Pick<Flood, 'follow' | 'reportOf'>

/**
 * The clients of a server by place. It follows the table and does nothing until it is asked: `work` then applies what has changed, in slices of
 * any size. Meanwhile a change costs a slot in the queue of its follower.
 */
export class Near {
  readonly #flood: FollowedFlood
  readonly #follower: Follower
  readonly #grid = new Grid()

  constructor(flood: FollowedFlood) {
    this.#flood = flood
    this.#follower = flood.follow({
      from: 'all',
      onRemoved: (client) => {
        this.#grid.delete(client)
      },
    })
  }

  /** The bytes of the grid. Those of the follower are counted by the flood. */
  get bytes(): number {
    return this.#grid.bytes
  }

  /** Whether the table is still being read, so that clients are missing. */
  get isLoading(): boolean {
    return this.#follower.unscanned > 0
  }

  /** How many clients have changed since they were applied, at most. */
  get unapplied(): number {
    return this.#follower.size
  }

  /** Applies at most so many changes, the rest of the table first. */
  work(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      const client = this.#follower.nextOfTable() ?? this.#follower.nextChange()
      if (client === undefined) return
      const { bytes, position, time } = this.#flood.reportOf(client)
      this.#grid.put(client, geoPointIn(bytes, position, time - 1))
    }
  }

  /**
   * The clients nearest to a point, nearest first; of those equally far away, the one with the lesser ID first. As of the last `work`. Of a crowd at one point, see
   * `MAX_CROWD`, some may be left out.
   */
  nearest(query: NearQuery): NearClient[] {
    return findNearest(this.#grid, query, (a, b) => this.#compareIds(a, b))
  }

  /** Some clients in a box, by number. As of the last `work`. */
  inBox(box: Box, query: BoxQuery): BoxPart {
    return findInBox(this.#grid, box, query)
  }

  /** Stops following. */
  close(): void {
    this.#follower.cancel()
  }

  #compareIds(a: ClientNumber, b: ClientNumber): number {
    const [one, other] = [this.#flood.reportOf(a), this.#flood.reportOf(b)]
    return compareBytes(
      one.bytes,
      one.client,
      one.position - 1,
      other.bytes,
      other.client,
      other.position - 1,
    )
  }
}
