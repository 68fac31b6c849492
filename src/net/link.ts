import { formatGreeting, formatLinkRefusal, LINK_VERSION, type Greeting } from '../protocol/greeting.js'
import type { Line } from '../protocol/lines.js'
import { backoffMs, MIN_BACKOFF_MS } from './backoff.js'
import type { Connection } from './connection.js'
import { dial, type Address, type Dialled } from './dial.js'
import type { HerdKeys } from './herd-key.js'
import { beat } from './heartbeat.js'
import { whenReadAgain } from './hung-up.js'
import { LINES_PER_WRITE, MAX_LINK_BACKLOG_BYTES, MAX_LINK_LINE_BYTES } from './limits.js'

/** What the owner of a link is told, and asked. */
export interface LinkEvents {
  /** `isProxyherd` tells whether the neighbour has greeted; `why` what is not as it should be, or nothing. */
  up(isProxyherd: boolean, why: string): void
  heard(lines: Line[]): void
  /** At most `most` lines, without line ends, that the neighbour must be told next; they will be sent. */
  take(most: number): string[]
  down(why: string): void
  /** The neighbour could not be reached; told once for each reason, not for each try. */
  unreachable(why: string): void
}

export interface LinkOptions {
  /** This server's name and the neighbour's. */
  readonly server: string
  readonly neighbour: string
  readonly incarnation: string
  readonly herd: string
  /** Where the neighbour listens; undefined while that is not known, and then it is not dialled. */
  readonly address: () => Address | undefined
  /** 0 to 1, to spread the dialling of servers. */
  readonly random: () => number
  /** Milliseconds of a clock that nobody sets. */
  readonly now: () => number
  /** With herd keys, only a neighbour that has one of them is linked. */
  readonly keys?: HerdKeys | undefined
  /** How often to say that we are alive. */
  readonly beatMs?: number
}

/** What a server is told whose name another has, in words that go on after "it says". */
const NAMESAKE = 'it is linked to another server of that name, which was started later'

/** A link that lasted this long was a good one: the next wait before dialling is short again. */
const STEADY_MS = 5_000

interface Live {
  readonly connection: Connection
  readonly dialledBy: 'us' | 'neighbour'
  /** Unknown of a neighbour that is not proxyherd. */
  readonly greeting: Greeting | undefined
  readonly since: number
}

/** How a link that is up stands. */
export interface LinkStanding {
  readonly kind: 'proxyherd' | 'plain'
  readonly upMs: number
  readonly lastHeardMsAgo: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

interface Caller {
  readonly connection: Connection
  readonly greeting: Greeting
  readonly lines: Line[]
}

/**
 * The link to one neighbour: one connection at a time, dialled by whichever side starts later, and dialled again when it is lost.
 * When both sides dial at once, both keep the connection that the lesser name has dialled.
 */
export class Link {
  readonly #options: LinkOptions
  readonly #events: LinkEvents
  #live: Live | undefined
  #abortDialling: (() => void) | undefined
  // The neighbour's own call, kept until our call to it, which has precedence, has ended.
  #held: Caller | undefined
  #redial: NodeJS.Timeout | undefined
  #dialledAt = -Infinity
  #failures = 0
  // Why the neighbour could not be reached when it was last tried.
  #whyNot = ''
  // Whether the neighbour is known to be proxyherd, as it has greeted once, or must be, to have the herd key.
  #knowsGreeting: boolean
  #stopped = false

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options
    this.#events = events
    this.#knowsGreeting = options.keys !== undefined
  }

  /** How the link stands; undefined while it is down. */
  get standing(): LinkStanding | undefined {
    if (!this.#live) return undefined
    const { connection, greeting, since } = this.#live
    return {
      kind: greeting === undefined ? 'plain' : 'proxyherd',
      upMs: this.#options.now() - since,
      lastHeardMsAgo: performance.now() - connection.heardAt,
      ...connection.carried,
    }
  }

  /** Dials the neighbour now, unless the link is up, being dialled, or was dialled a moment ago. */
  dial(): void {
    if (this.#options.now() - this.#dialledAt >= MIN_BACKOFF_MS) this.#dial(true)
  }

  /** The neighbour has dialled us and greeted; `lines` came after the greeting. */
  accept(connection: Connection, greeting: Greeting, lines: Line[]): void {
    connection.allowLines(MAX_LINK_LINE_BYTES)
    // When we were held up there are all the calls that it has given up since: none is a link, or takes the place of one.
    whenReadAgain(connection, (hasHungUp, more) => {
      const caller = { connection, greeting, lines: [...lines, ...more] }
      if (hasHungUp) this.#part(caller)
      else this.#called(caller)
    })
  }

  /** Sends what the neighbour must be told, as far as it reads. */
  flush(): void {
    const connection = this.#live?.connection
    while (connection && connection.backlogBytes < MAX_LINK_BACKLOG_BYTES) {
      const lines = this.#events.take(LINES_PER_WRITE)
      if (lines.length === 0) {
        if (this.#stopped) connection.close()
        return
      }
      connection.write(`${lines.join('\n')}\n`)
    }
  }

  /** Closes the link for good, when the neighbour has been told all. Resolves when it is closed. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#redial)
    this.#abortDialling?.()
    this.#held?.connection.destroy()
    const connection = this.#live?.connection
    if (!connection) return
    const closed = new Promise<void>((resolve) => {
      connection.onceClosed(resolve)
    })
    this.flush()
    await closed
  }

  /** Closes at once. */
  destroy(): void {
    this.#live?.connection.destroy()
  }

  #dial(greet: boolean): void {
    const address = this.#options.address()
    if (this.#stopped || this.#live || this.#abortDialling || !address) return
    clearTimeout(this.#redial)
    this.#dialledAt = this.#options.now()
    const greeting = greet ? this.#greeting() : undefined
    this.#abortDialling = dial(address, this.#options.keys, greeting, (dialled) => {
      this.#abortDialling = undefined
      this.#dialled(dialled)
    })
  }

  #dialled(dialled: Dialled): void {
    const held = this.#held?.connection.isOver === true ? undefined : this.#held
    this.#held = undefined
    if (dialled.kind === 'greeted') {
      held?.connection.destroy()
      this.#begin(dialled.connection, 'us', dialled.greeting, dialled.lines)
    } else if (held) {
      if (dialled.kind === 'plain') dialled.connection.destroy()
      this.#answer(held)
    } else if (dialled.kind === 'plain' && this.#knowsGreeting) {
      // So it is only held up.
      dialled.connection.destroy()
      this.#fail('it does not answer')
    } else if (dialled.kind === 'plain') this.#begin(dialled.connection, 'us', undefined, dialled.lines)
    // A server that closes on what it does not understand is tried once more without a greeting.
    else if (dialled.kind === 'shut') this.#dial(false)
    else this.#fail(dialled.why)
  }

  #called(caller: Caller): void {
    const { connection, greeting } = caller
    const weGoFirst = this.#options.server < this.#options.neighbour
    const known = this.#live?.greeting?.incarnation
    const isSecondCall = this.#live?.dialledBy === 'us' && known === greeting.incarnation
    if (this.#stopped || (weGoFirst && isSecondCall)) connection.destroy()
    // Who was started earlier gives way, or two servers of one name would take the link from one another for ever.
    else if (known !== undefined && BigInt(known) > BigInt(greeting.incarnation)) {
      connection.write(`${formatLinkRefusal(NAMESAKE)}\n`)
      connection.close()
    } else if (weGoFirst && this.#abortDialling) this.#hold(caller)
    else this.#answer(caller)
  }

  #hold(caller: Caller): void {
    this.#held?.connection.destroy()
    this.#held = caller
    caller.connection.hold()
  }

  // It may still read what we answer, as of anyone who half-closes.
  #part({ connection }: Caller): void {
    connection.write(`${formatGreeting(this.#greeting())}\n`)
    connection.close()
  }

  #answer({ connection, greeting, lines }: Caller): void {
    this.#abortDialling?.()
    this.#abortDialling = undefined
    connection.write(`${formatGreeting(this.#greeting())}\n`)
    connection.resume()
    this.#begin(connection, 'neighbour', greeting, lines)
  }

  #begin(
    connection: Connection,
    dialledBy: Live['dialledBy'],
    greeting: Greeting | undefined,
    lines: Line[],
  ): void {
    this.#live?.connection.destroy()
    this.#lose('it has connected anew')
    const live = { connection, dialledBy, greeting, since: this.#options.now() }
    this.#live = live
    this.#knowsGreeting ||= greeting !== undefined
    this.#whyNot = ''
    const stopBeating = greeting === undefined ? undefined : beat(connection, this.#options.beatMs)
    connection.closeWhenIdle(0)
    connection.allowLines(MAX_LINK_LINE_BYTES)
    connection.own({
      lines: (heard) => {
        this.#events.heard(heard)
      },
      ended: () => {
        connection.close()
      },
      drained: () => {
        this.flush()
      },
      closed: (why) => {
        // What a neighbour has said before it went is heard, however busy we are.
        connection.readAll()
        if (this.#live !== live) return
        this.#lose(why ?? 'it closed the connection')
        this.#dialLater()
      },
    })
    if (stopBeating) connection.onceClosed(stopBeating)
    const fits = greeting === undefined || greeting.herd === this.#options.herd
    this.#events.up(greeting !== undefined, fits ? '' : 'its topology is not the same')
    if (lines.length > 0) this.#events.heard(lines)
    this.flush()
  }

  #lose(why: string): void {
    if (!this.#live) return
    if (this.#options.now() - this.#live.since > STEADY_MS) this.#failures = 0
    this.#live = undefined
    this.#events.down(why)
  }

  #fail(why: string): void {
    if (why !== this.#whyNot) this.#events.unreachable(why)
    this.#whyNot = why
    this.#dialLater()
  }

  #dialLater(): void {
    if (this.#stopped) return
    clearTimeout(this.#redial)
    const wait = backoffMs(this.#failures, this.#options.random())
    this.#failures += 1
    this.#redial = setTimeout(() => {
      this.#dial(true)
    }, wait)
  }

  #greeting(): Greeting {
    const { server, neighbour, incarnation, herd } = this.#options
    return { version: LINK_VERSION, from: server, to: neighbour, incarnation, herd }
  }
}
