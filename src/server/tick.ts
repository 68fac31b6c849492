import type { ProcessNetwork } from './process-network.js'

/** A server, as the tick of its process sees it. */
export interface Ticking {
  /** Sends what its neighbours over the network must be sent, and has stored what must be. */
  flush(): void
  /** Sends its replies. */
  reply(): void
}

/**
 * What the servers of one process do once for everything that has come in one turn of the event loop, however many clients it came from.
 * First they pass on what is new, to one another and to their neighbours elsewhere; then they reply. So whoever has a reply finds its report
 * on its way to all other servers.
 */
export class Tick {
  readonly #network: Pick<ProcessNetwork, 'drain'>
  readonly #servers = new Set<Ticking>()
  #isDue = false

  /** `network` links the servers of the process. */
  constructor(network: Pick<ProcessNetwork, 'drain'>) {
    this.#network = network
  }

  /** Takes in a server of the process. */
  join(server: Ticking): void {
    this.#servers.add(server)
  }

  /** The server has stopped. */
  leave(server: Ticking): void {
    this.#servers.delete(server)
  }

  /** There is something to be done. */
  due(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => {
      this.run()
    })
  }

  /** Does it now. */
  run(): void {
    this.#isDue = false
    const hasMore = this.#network.drain()
    for (const server of this.#servers) server.flush()
    for (const server of this.#servers) server.reply()
    if (hasMore) this.due()
  }
}
