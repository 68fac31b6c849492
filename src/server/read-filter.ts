import type { Flood } from '../flood/flood.js'
import type { ClientNumber } from '../memory/numbers.js'
import type { Access } from '../net/token-rights.js'

/** How many clients that must not be seen a search may meet: some 20 ms of work. */
export const MAX_HIDDEN = 50_000

/** Decides which clients a search may show: those with a current report that the token allows to see. */
export class ReadFilter {
  readonly #access: Access
  readonly #flood: Pick<Flood, 'reportOf' | 'isShown'>
  #hidden = 0

  constructor(access: Access, flood: Pick<Flood, 'reportOf' | 'isShown'>) {
    this.#access = access
    this.#flood = flood
  }

  /** Whether a client may be seen. It says no to all once it has met too many others. */
  readonly isVisible = (client: ClientNumber): boolean => {
    // What has expired stays in the index while it is kept for its generation.
    if (!this.#flood.isShown(client)) return false
    if (this.#access.reads === 'all') return true
    if (this.hasGivenUp) return false
    const { bytes, client: start, position } = this.#flood.reportOf(client)
    const isVisible = this.#access.mayRead(bytes, start, position - 1)
    if (!isVisible) this.#hidden += 1
    return isVisible
  }

  /** Whether the search has met so many clients that must not be seen that it may have missed others. */
  get hasGivenUp(): boolean {
    return this.#hidden >= MAX_HIDDEN
  }
}
