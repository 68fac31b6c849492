import type { Flood } from '../flood/flood.js'
import { admit, type Admission } from '../link/admit.js'
import type { Address } from '../net/dial.js'
import type { Prefetch } from '../net/connection.js'
import type { Greeting } from '../protocol/greeting.js'
import type { LinkStatus } from '../protocol/status.js'
import type { NeighbourLink } from './neighbour-link.js'
import { BEAT_MS, SocketLink } from './socket-link.js'
import type { LinkNews, ServerOptions } from './server-options.js'

export interface LinksParts {
  readonly options: ServerOptions
  /** The incarnation of this server, for its greetings. */
  readonly incarnation: string
  readonly flood: Flood
  readonly prefetch: Prefetch
  readonly onNews: (news: Omit<LinkNews, 'server'>) => void
}

/** The links of one server: to neighbours in the same process, and over the network to all others. */
export class Links {
  readonly #parts: LinksParts
  readonly #all = new Map<string, NeighbourLink>()
  /** The links over the network. */
  readonly #sockets = new Map<string, SocketLink>()
  #beat: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(parts: LinksParts) {
    this.#parts = parts
  }

  /** Adds a link to a neighbour in the same process, or replaces an earlier one. */
  join(link: NeighbourLink): void {
    this.#all.set(link.neighbour, link)
  }

  /** Makes a link to a neighbour in another process. While `address` returns undefined, the neighbour has to dial this server. */
  open(neighbour: string, address: () => Address | undefined): void {
    const { options, incarnation, flood, prefetch, onNews } = this.#parts
    const { name: server, herd, random, log, security, tick, scheduler } = options
    const link = new SocketLink({
      link: { server, neighbour, incarnation, herd, address, random, keys: security?.keys, prefetch },
      flood,
      log,
      due: () => {
        tick.due()
      },
      hashed: () => scheduler.hashed(),
      onNews: (what, why) => {
        onNews({ neighbour, what, why })
      },
    })
    this.#all.set(neighbour, link)
    this.#sockets.set(neighbour, link)
  }

  /** Finds the link that a greeting is for. */
  admit(greeting: Greeting): Admission<SocketLink> {
    return admit(greeting, this.#parts.options.name, this.#sockets)
  }

  /** Dials the neighbours that are not linked. */
  dial(): void {
    for (const link of this.#sockets.values()) link.dial()
  }

  /** Sends all neighbours what is pending for them, at the end of a tick. */
  flush(): void {
    for (const link of this.#all.values()) link.send()
    if (this.#beat === undefined && this.#parts.flood.isBeatDue && !this.#isStopped)
      this.#beat = setTimeout(this.#beats, BEAT_MS).unref()
  }

  /** The status of all links at `nowMs`, in milliseconds since 1970. */
  statuses(nowMs: number): LinkStatus[] {
    return Array.from(this.#all.values(), (link) => link.status(nowMs))
  }

  /** Closes all links for good, each after its neighbour has been sent everything. */
  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#all.values(), (link) => link.close()))
    this.#isStopped = true
    clearTimeout(this.#beat)
  }

  /** Closes all links at once. */
  destroy(): void {
    for (const link of this.#sockets.values()) link.destroy()
  }

  readonly #beats = (): void => {
    this.#beat = undefined
    this.#parts.flood.beat()
    this.#parts.options.tick.due()
  }
}
