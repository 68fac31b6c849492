import type { Flood } from '../flood/flood.js'
import type { Address } from '../net/dial.js'
import { Link } from '../net/link.js'
import { admit, type Admission } from '../link/admit.js'
import type { Greeting } from '../protocol/greeting.js'
import type { LinkStatus } from '../protocol/status.js'
import type { InnerLink } from './inner-link.js'
import { BEAT_MS, LinkedNeighbour } from './neighbour.js'
import type { LinkNews, ServerOptions } from './server-options.js'
import { linkStatus } from './status.js'

export interface LinksParts {
  readonly options: ServerOptions
  /** Of the greetings that open links. */
  readonly incarnation: string
  readonly flood: Flood
  readonly tell: (news: Omit<LinkNews, 'server'>) => void
}

/** The links of one server: to neighbours in the same process, and over the network to all others. */
export class Links {
  readonly #parts: LinksParts
  readonly #inner: InnerLink[] = []
  readonly #outer = new Map<string, Link>()
  #beat: NodeJS.Timeout | undefined

  constructor(parts: LinksParts) {
    this.#parts = parts
  }

  /** Takes in a link to a neighbour in the same process. */
  join(link: InnerLink): void {
    this.#inner.push(link)
    this.#parts.tell({ neighbour: link.neighbourOf(this.#parts.options.name), what: 'up', why: '' })
  }

  /** Makes a link to a neighbour elsewhere; `address` tells where it listens, or undefined while that is not known, and then it has to dial us. */
  open(neighbour: string, address: () => Address | undefined): void {
    const { options, incarnation, flood, tell } = this.#parts
    const { name: server, herd, random, log, security } = options
    const events = new LinkedNeighbour({
      neighbour,
      flood,
      log,
      due: () => {
        options.tick.due()
      },
      hashed: () => options.slices.hashed(),
      tell: (what, why) => {
        tell({ neighbour, what, why })
      },
    })
    const link = { server, neighbour, incarnation, herd, address, random, keys: security?.keys }
    this.#outer.set(neighbour, new Link(link, events))
  }

  /** Which link the greeting on a connection is for. */
  admit(greeting: Greeting): Admission<Link> {
    return admit(greeting, this.#parts.options.name, this.#outer)
  }

  /** Dials the neighbours that are not linked. */
  dial(): void {
    for (const link of this.#outer.values()) link.dial()
  }

  /** The turn is over: sends to all neighbours what they must be told. */
  flush(): void {
    for (const link of this.#inner) link.turnOver()
    for (const link of this.#outer.values()) link.flush()
    if (this.#beat === undefined && this.#parts.flood.isRestless)
      this.#beat = setTimeout(this.#beats, BEAT_MS).unref()
  }

  /** How the links stand at `nowMs`, milliseconds since 1970. */
  statuses(nowMs: number): LinkStatus[] {
    const { flood, options } = this.#parts
    const inner = this.#inner.map((link) =>
      linkStatus(link.neighbourOf(options.name), link.standing(options.name), 0, link.inSync(), nowMs),
    )
    const outer = [...this.#outer].map(([neighbour, { standing }]) =>
      linkStatus(neighbour, standing, flood.pending(neighbour), flood.inSync(neighbour), nowMs),
    )
    return [...inner, ...outer]
  }

  /** Closes all for good, each when its neighbour has been told all. */
  async stop(): Promise<void> {
    await Promise.all([...this.#outer.values()].map((link) => link.stop()))
  }

  /** Closes all at once. */
  destroy(): void {
    for (const link of this.#outer.values()) link.destroy()
  }

  readonly #beats = (): void => {
    this.#beat = undefined
    this.#parts.flood.beat()
    this.#parts.options.tick.due()
  }
}
