import type { AheadQuery, ClientAhead } from './clients-ahead.js'

/** Clients are counted at most so often: looking at a million of them takes some tenths of a second, in slices. */
export const COUNT_AGAIN_MS = 60_000

/** Finds clients whose time is ahead; see `findAhead`. */
type Find = (query: AheadQuery, take: (client: ClientAhead) => boolean) => Promise<unknown>

/** How many clients have a time that is ahead of the server's clock. They are counted in the background when somebody wants to know. */
export class AheadCount {
  readonly #find: Find
  readonly #now: () => number
  #startedAt = -Infinity
  #last: number | undefined

  /** `now` is a clock in milliseconds. */
  constructor(find: Find, now: () => number = () => performance.now()) {
    this.#find = find
    this.#now = now
  }

  /** The result of the last count; undefined before the first. Begins the next one if it is due. */
  read(): number | undefined {
    if (this.#now() >= this.#startedAt + COUNT_AGAIN_MS) {
      this.#startedAt = this.#now()
      let count = 0
      const take = (): boolean => {
        count += 1
        return true
      }
      void this.#find({ owner: this, from: 0 }, take).then(() => {
        this.#last = count
      })
    }
    return this.#last
  }
}
