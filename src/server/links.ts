import type { EngineLink } from '../engine/engine-link.js'
import type { Flood } from '../flood/flood.js'
import { admit, type Admission } from '../link/admit.js'
import type { Dialect } from '../link/dialect.js'
import type { DialectSetting } from '../topology/dialect-setting.js'
import type { Address } from '../net/dial.js'
import type { Prefetch } from '../net/connection.js'
import type { Greeting } from '../protocol/greeting.js'
import type { LinkStatus } from '../protocol/status.js'
import { NANOSECONDS_PER_MICROSECOND } from '../protocol/time.js'
import { ClassicLink } from './classic-link.js'
import type { NeighbourLink } from './neighbour-link.js'
import { BEAT_MS, SocketLink } from './socket-link.js'
import type { LinkFigures } from './server-figures.js'
import type { LinkNews, ServerOptions } from './server-options.js'

/** What is known of a server in another process. */
export interface RemoteServer {
  /** Returns undefined while its address is not known; then it has to dial. */
  readonly address: () => Address | undefined
  /** What the topology says of its program, if it says anything. */
  readonly dialect: DialectSetting | undefined
}

export interface LinksParts {
  readonly options: ServerOptions
  /** The incarnation of this server, for its greetings. */
  readonly incarnation: string
  readonly flood: Flood
  readonly prefetch: Prefetch
  readonly onNews: (news: Omit<LinkNews, 'server'>) => void
}

// Most herds have none, and are asked for each line.
const NONE: readonly never[] = []

/** The links of one server: to neighbours in the same process, and over the network to all others. */
export class Links {
  readonly #parts: LinksParts
  readonly #all = new Map<string, NeighbourLink>()
  /** The links to classic neighbours. */
  readonly #classics = new Map<string, ClassicLink>()
  /** The neighbours that may be proxyherd or classic, and the dialects of the lines that they have sent so far. */
  readonly #undecided = new Map<string, Dialect | undefined>()
  /** The links over the network that are or may become proxyherd. */
  readonly #sockets = new Map<string, SocketLink>()
  #engine: EngineLink | undefined
  /** The linked neighbours whose memory is full. */
  readonly #full = new Set<string>()
  /** One of them, if there is one. It is read for each report of a client. */
  fullNeighbour: string | undefined
  #beat: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(parts: LinksParts) {
    this.#parts = parts
  }

  /** Adds a link to a neighbour in the same process, or replaces an earlier one. */
  join(link: NeighbourLink): void {
    this.#all.set(link.neighbour, link)
  }

  /**
   * Makes a link to a neighbour in another process. With a herd key, a classic server gets none.
   */
  open(neighbour: string, { address, dialect }: RemoteServer): void {
    const mustGreet = this.#parts.options.security?.keys !== undefined
    if (dialect === undefined && !mustGreet) this.#undecided.set(neighbour, undefined)
    if (typeof dialect !== 'object' || mustGreet) this.#openSocket(neighbour, address, dialect !== undefined)
    else this.#openClassic(neighbour, address, dialect)
  }

  #openSocket(neighbour: string, address: RemoteServer['address'], isProxyherd: boolean): void {
    const { options, incarnation, flood, prefetch, onNews } = this.#parts
    const { name: server, herd, random, clock, log, security, tick, scheduler, budget, onFault } = options
    const clockUs = (): number => Number(clock() / NANOSECONDS_PER_MICROSECOND)
    const self = { server, incarnation, herd, random, clockUs, keys: security?.keys, prefetch }
    const link = new SocketLink({
      link: { ...self, neighbour, address, isProxyherd },
      flood,
      log,
      due: () => {
        tick.due()
      },
      hashed: () => scheduler.hashed(),
      onFault,
      isFull: () => budget.isFull,
      onFull: (isFull) => {
        this.#setFull(neighbour, isFull)
      },
      onNews: (what, why) => {
        onNews({ neighbour, what, why })
      },
      onClassic: (isClassic) => {
        const dialect = this.#undecided.get(neighbour)
        this.#undecided.delete(neighbour)
        this.#closeClassic(neighbour)
        this.#all.set(neighbour, link)
        if (!isClassic) return
        const classic = this.#openClassic(neighbour, address)
        if (dialect) classic.learn(dialect)
      },
    })
    this.#all.set(neighbour, link)
    this.#sockets.set(neighbour, link)
  }

  #setFull(neighbour: string, isFull: boolean): void {
    if (isFull) this.#full.add(neighbour)
    else this.#full.delete(neighbour)
    const [first] = this.#full
    this.fullNeighbour = first
  }

  #openClassic(neighbour: string, address: RemoteServer['address'], dialect?: Dialect): ClassicLink {
    const { options, flood, onNews } = this.#parts
    const link = new ClassicLink({
      server: options.name,
      neighbour,
      address,
      dialect,
      flood,
      log: options.log,
      onNews: (what, why) => {
        onNews({ neighbour, what, why })
      },
      onReturn: () => {
        this.#sockets.get(neighbour)?.dial()
      },
    })
    this.#all.set(neighbour, link)
    this.#classics.set(neighbour, link)
    options.tick.due()
    return link
  }

  #closeClassic(neighbour: string): void {
    this.#classics.get(neighbour)?.destroy()
    this.#classics.delete(neighbour)
  }

  /** The classic neighbours among some neighbours. `find` returns undefined for all. */
  classics(find: () => readonly string[] | undefined): readonly ClassicLink[] {
    if (this.#classics.size === 0) return NONE
    const names = find()
    return [...this.#classics.values()].filter(({ neighbour }) => !names || names.includes(neighbour))
  }

  /** Those among some neighbours that may be proxyherd or classic. `find` returns undefined for all. */
  undecided(find: () => readonly string[] | undefined): readonly string[] {
    if (this.#undecided.size === 0) return NONE
    const names = find()
    return [...this.#undecided.keys()].filter((neighbour) => !names || names.includes(neighbour))
  }

  /** An undecided neighbour, if it is one, has sent a line of this dialect. */
  learn(neighbour: string, dialect: Dialect): void {
    if (this.#undecided.has(neighbour)) this.#undecided.set(neighbour, dialect)
  }

  /** Connects to the engine, if there is one. */
  openEngine(): void {
    const { options, flood, onNews } = this.#parts
    const { name: carrier, log, random, tick, engine } = options
    const link = engine?.({
      carrier,
      flood,
      log,
      random,
      due: () => {
        tick.due()
      },
      onNews: (neighbour, what, why) => {
        onNews({ neighbour, what, why })
      },
    })
    if (!link) return
    this.#engine = link
    this.#all.set(link.neighbour, link)
    link.start()
  }

  /** Finds the link that a greeting is for. */
  admit(greeting: Greeting): Admission<SocketLink> {
    const { from } = greeting
    if (this.#classics.has(from) && !this.#sockets.has(from))
      return { kind: 'misfit', why: `${from} is a classic server in its topology` }
    return admit(greeting, this.#parts.options.name, this.#sockets)
  }

  /** Dials the neighbours that are not linked. */
  dial(): void {
    for (const [neighbour, link] of this.#sockets) if (!this.#classics.has(neighbour)) link.dial()
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

  /** The same, but without comparisons that may take long, and what each link has carried. */
  figures(nowMs: number): LinkFigures[] {
    return Array.from(this.#all.values(), (link) => ({
      status: link.status(nowMs, true),
      counts: link.counts,
    }))
  }

  /** Closes all links for good, each after its neighbour has been sent everything. */
  async stop(): Promise<void> {
    // A classic neighbour has a link that may become proxyherd, too.
    const links = new Set<NeighbourLink>([...this.#sockets.values(), ...this.#all.values()])
    await Promise.all(Array.from(links, (link) => link.close()))
    this.#isStopped = true
    clearTimeout(this.#beat)
  }

  /** Closes all links at once. */
  destroy(): void {
    for (const link of [...this.#sockets.values(), ...this.#classics.values()]) link.destroy()
    this.#engine?.destroy()
  }

  readonly #beats = (): void => {
    this.#beat = undefined
    this.#parts.flood.beat()
    this.#parts.options.tick.due()
  }
}
