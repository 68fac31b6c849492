import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Flood } from '../flood/flood.js'

/** So many reports are hashed in one turn, some milliseconds of work. */
export const HASHED_PER_TURN = 1_000

/** After so many turns the rest is hashed at once: a herd that hears more than that meanwhile would never come to an end. */
export const MAX_TURNS = 2_000

/** Hashes nearly all that a digest is made of, while clients and neighbours have their turns: of a busy server's million that takes seconds. */
export async function hashed(flood: Pick<Flood, 'unhashed' | 'hash'>): Promise<void> {
  for (let turns = 0; flood.unhashed > HASHED_PER_TURN && turns < MAX_TURNS; turns += 1) {
    flood.hash(HASHED_PER_TURN)
    await nextTurn()
  }
}
