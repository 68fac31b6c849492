import type { Flood } from '../flood/flood.js'
import type { Address } from '../net/dial.js'
import { Link } from '../net/link.js'
import type { Greeting } from '../protocol/greeting.js'
import type { LinkStatus } from '../protocol/status.js'
import { greeted, type Greeted } from './greeted.js'
import type { Colleague, InnerLink } from './inner-link.js'
import { neighbourEvents } from './neighbour.js'
import type { LinkNews, ServerOptions } from './server-options.js'
import { linkStatus } from './status.js'

export interface LinksParts {
  readonly options: ServerOptions
  /** Of the greetings that open links. */
  readonly incarnation: string
  readonly flood: Flood
  readonly self: Colleague
  readonly tell: (news: Omit<LinkNews, 'server'>) => void
}

/** The links of one server: to neighbours in the same process, and over the network to all others. */
export class Links {
  readonly #parts: LinksParts
  readonly #inner: InnerLink[] = []
  readonly #outer = new Map<string, Link>()
  #isFlushDue = false

  constructor(parts: LinksParts) {
    this.#parts = parts
  }

  /** Takes in a link to a neighbour in the same process. */
  join(link: InnerLink): void {
    const { flood, self, tell } = this.#parts
    const neighbour = link.neighbourOf(self.name)
    this.#inner.push(link)
    flood.linkAtOnce(neighbour, (report) => {
      link.tell(self.name, report)
    })
    link.drain()
    tell({ neighbour, what: 'up', why: '' })
  }

  /** Delivers what neighbours in the same process must be told. */
  deliver(): void {
    this.#inner[0]?.drain()
  }

  /** Makes a link to a neighbour elsewhere; `address` tells where it listens, or undefined while that is not known, and then it has to dial us. */
  open(neighbour: string, address: () => Address | undefined): void {
    const { options, incarnation, flood, self, tell } = this.#parts
    const { name: server, herd, random, log, security } = options
    const now = (): number => performance.now()
    const events = neighbourEvents({
      neighbour,
      flood,
      log,
      hear: (report) => {
        self.hear(report, neighbour)
      },
      flush: () => {
        this.flush()
      },
      tell: (what, why) => {
        tell({ neighbour, what, why })
      },
    })
    const link = { server, neighbour, incarnation, herd, address, random, now, keys: security?.keys }
    this.#outer.set(neighbour, new Link(link, events))
  }

  /** Which link the greeting on a connection is for. */
  greeted(greeting: Greeting): Greeted<Link> {
    return greeted(greeting, this.#parts.self.name, this.#outer)
  }

  /** Dials the neighbours that are not linked. */
  dial(): void {
    for (const link of this.#outer.values()) link.dial()
  }

  /** Sends to all neighbours what they must be told. */
  flush(): void {
    for (const link of this.#outer.values()) link.flush()
  }

  /** The same when all that is being heard now has been heard. */
  flushSoon(): void {
    if (this.#isFlushDue || this.#outer.size === 0) return
    this.#isFlushDue = true
    queueMicrotask(() => {
      this.#isFlushDue = false
      this.flush()
    })
  }

  /** How the links stand at `nowMs`, milliseconds since 1970. */
  statuses(nowMs: number): LinkStatus[] {
    const { flood, self } = this.#parts
    const inner = this.#inner.map((link) =>
      linkStatus(link.neighbourOf(self.name), link.standing(self.name), 0, link.inSync(), nowMs),
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
}
