import type { ClientNumber } from '../memory/numbers.js'
import type { Area } from './area.js'
import type { BoxPart, BoxQuery } from './in-box.js'
import type { Steps } from './steps.js'

/** How many clients are looked up at once. */
const PAGE = 256

/** The clients of an area whose newest reports a watcher is sent first, by number. */
export class FirstClients {
  readonly #page: (area: Area, query: BoxQuery) => BoxPart
  /** Those with lesser numbers are done. */
  #from = Infinity
  /** The next ones, which are all that have numbers below `#foundBelow`. */
  #found: ClientNumber[] = []
  #foundBelow = Infinity

  /** `page` looks up some clients in an area, by number. */
  constructor(page: (area: Area, query: BoxQuery) => BoxPart) {
    this.#page = page
  }

  get areDone(): boolean {
    return this.#from === Infinity
  }

  /** Begins with the first one, or leaves all out. */
  start(hasArea: boolean): void {
    this.#from = hasArea ? 0 : Infinity
    this.#found = []
    this.#foundBelow = this.#from
  }

  /** The next one; undefined if there are no more, or if that takes too many steps. Without an area, there are no more. */
  next(area: Area | undefined, steps: Steps): ClientNumber | undefined {
    while (!this.areDone && this.#found.length === 0 && steps.left > 0) this.#lookUp(area, steps)
    return this.#found[0]
  }

  /** This was the next one, and is done. Meanwhile, what was looked up may have been dropped. */
  done(client: ClientNumber): void {
    if (this.#found[0] === client) this.#found.shift()
    this.#from = client + 1
  }

  /** Whether a client, if it is in the area, is still to come. */
  isToCome(client: ClientNumber): boolean {
    return client >= this.#from
  }

  /** A client that is still to come has changed. It may have come into the area since others were looked up. */
  changed(client: ClientNumber): void {
    if (client >= this.#foundBelow || this.#found.includes(client)) return
    this.#found = []
    this.#foundBelow = this.#from
  }

  #lookUp(area: Area | undefined, steps: Steps): void {
    this.#from = area ? Math.max(this.#from, this.#foundBelow) : Infinity
    if (!area || this.areDone) return
    const { clients, next = Infinity } = this.#page(area, { from: this.#from, limit: PAGE, steps })
    this.#found = [...clients]
    this.#foundBelow = next
  }
}
