/** A server, as the tick of its process sees it. */
export interface Ticking {
  /** Sends what its neighbours elsewhere must be told, and has stored what must be. */
  flush(): void
  /** Sends its replies. */
  reply(): void
}

/**
 * What the servers of one process do once for all that has come in one turn of the event loop, however many clients it came from. First they
 * tell their neighbours elsewhere what is news, and then they reply: so whoever has a reply finds its report on its way to all others.
 */
export class Tick {
  readonly #servers: Ticking[] = []
  #isDue = false

  /** Takes in a server of the process. */
  join(server: Ticking): void {
    this.#servers.push(server)
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
    for (const server of this.#servers) server.flush()
    for (const server of this.#servers) server.reply()
  }
}
