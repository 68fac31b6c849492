import type { ProcessNetwork } from './process-network.js'

/** A server's part in a tick. */
export interface TickParticipant {
  /** Sends what is pending for neighbours over the network, then writes to disk what is not there. */
  flush(): void
  /** Sends replies to clients. */
  reply(): void
}

/**
 * The work that the servers of one process do once per turn of the event loop, for everything received in that turn. First they pass new
 * reports to each other and send them to their neighbours over the network. Then they reply. So when a client has its reply, its report is
 * on its way to all other servers.
 */
export class Tick {
  readonly #network: Pick<ProcessNetwork, 'drain'>
  readonly #servers = new Set<TickParticipant>()
  #isDue = false
  /** Resolve the promises of `ended`. */
  #waiting: (() => void)[] = []

  /** `network` links the servers of the process. */
  constructor(network: Pick<ProcessNetwork, 'drain'>) {
    this.#network = network
  }

  /** Adds a server of the process. */
  join(server: TickParticipant): void {
    this.#servers.add(server)
  }

  /** Removes a server that has stopped. */
  leave(server: TickParticipant): void {
    this.#servers.delete(server)
  }

  /** Schedules a tick. */
  due(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => {
      this.run()
    })
  }

  /** Resolves when the next tick has ended: what was received until now is then on its way to the neighbours. */
  ended(): Promise<void> {
    this.due()
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  /** Runs the tick now. */
  run(): void {
    this.#isDue = false
    const hasMore = this.#network.drain()
    for (const server of this.#servers) server.flush()
    for (const server of this.#servers) server.reply()
    if (this.#waiting.length > 0) for (const resolve of this.#waiting.splice(0)) resolve()
    if (hasMore) this.due()
  }
}
