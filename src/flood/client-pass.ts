import type { ClientNumber } from '../memory/numbers.js'

/** A pass over the numbers of all clients, in slices. It is over until it is started. */
export class ClientPass {
  #next = Infinity

  /** Starts from the first client. */
  start(): void {
    this.#next = 0
  }

  /** How many of so many clients are left. */
  left(clients: number): number {
    return Math.max(0, clients - this.#next)
  }

  /** Whether it has passed a client. */
  hasPassed(client: ClientNumber): boolean {
    return client < this.#next
  }

  /** Passes the next of so many clients until the costs, which `visit` returns, reach `most`. Returns the sum of them. */
  run(most: number, clients: number, visit: (client: ClientNumber) => number): number {
    let cost = 0
    while (cost < most && this.#next < clients) {
      cost += visit(this.#next as ClientNumber)
      this.#next += 1
    }
    if (this.#next >= clients) this.#next = Infinity
    return cost
  }
}
