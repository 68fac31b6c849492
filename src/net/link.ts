import { ByteWriter } from '../protocol/bytes.js'
import { formatGreeting, formatLinkRefusal, LINK_VERSION, type Greeting } from '../protocol/greeting.js'
import { lineOf } from '../protocol/lines.js'
import { backoffMs, MIN_BACKOFF_MS } from './backoff.js'
import type { Connection, ConnectionEvents } from './connection.js'
import { dial, type Dialled } from './dial.js'
import { beat } from './heartbeat.js'
import { whenReadAgain } from './hung-up.js'
import type { LinkEvents, LinkOptions, LinkStanding } from './link-options.js'
import { BYTES_PER_WRITE, LINES_PER_TAKE, MAX_LINK_BACKLOG_BYTES } from './limits.js'

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

interface Caller {
  readonly connection: Connection
  readonly greeting: Greeting
}

// What goes into one write. One for all links, since nothing waits in the middle of a write.
const written = new ByteWriter()

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

  /** The neighbour has dialled us and greeted. */
  accept(connection: Connection, greeting: Greeting): void {
    connection.becomeLink()
    // When we were held up there are all the calls that it has given up since: none is a link, or takes the place of one.
    whenReadAgain(connection, (hasHungUp) => {
      if (hasHungUp) this.#part(connection)
      else this.#called({ connection, greeting })
    })
  }

  /** Sends what the neighbour must be told, as far as it reads. */
  flush(): void {
    const connection = this.#live?.connection
    while (connection && connection.backlogBytes < MAX_LINK_BACKLOG_BYTES) {
      while (written.length < BYTES_PER_WRITE && this.#events.take(LINES_PER_TAKE, written) > 0);
      if (written.length === 0) {
        if (this.#stopped) connection.close()
        return
      }
      connection.write(written.take())
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
      this.#begin(dialled.connection, 'us', dialled.greeting)
    } else if (held) {
      if (dialled.kind === 'plain') dialled.connection.destroy()
      this.#answer(held)
    } else if (dialled.kind === 'plain' && this.#knowsGreeting) {
      // So it is only held up.
      dialled.connection.destroy()
      this.#fail('it does not answer')
    } else if (dialled.kind === 'plain') this.#begin(dialled.connection, 'us', undefined, dialled.first)
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
    caller.connection.pause()
  }

  // It may still read what we answer, as of anyone who half-closes.
  #part(connection: Connection): void {
    connection.write(`${formatGreeting(this.#greeting())}\n`)
    connection.close()
  }

  #answer({ connection, greeting }: Caller): void {
    this.#abortDialling?.()
    this.#abortDialling = undefined
    connection.write(`${formatGreeting(this.#greeting())}\n`)
    connection.resume()
    this.#begin(connection, 'neighbour', greeting)
  }

  #begin(
    connection: Connection,
    dialledBy: Live['dialledBy'],
    greeting: Greeting | undefined,
    first?: string,
  ): void {
    this.#live?.connection.destroy()
    this.#lose('it has connected anew')
    const live = { connection, dialledBy, greeting, since: this.#options.now() }
    this.#live = live
    this.#knowsGreeting ||= greeting !== undefined
    this.#whyNot = ''
    connection.closeWhenIdle(0)
    connection.becomeLink()
    connection.own(this.#eventsOf(live))
    if (greeting) connection.onceClosed(beat(connection, this.#options.beatMs))
    const fits = greeting === undefined || greeting.herd === this.#options.herd
    this.#events.up(greeting !== undefined, fits ? '' : 'its topology is not the same')
    if (first !== undefined) this.#events.heard(lineOf(first))
    this.flush()
  }

  #eventsOf(live: Live): ConnectionEvents {
    const { connection } = live
    return {
      ahead: (lines) => {
        this.#events.ahead(lines)
      },
      line: (line) => {
        this.#events.heard(line)
      },
      turnOver: () => {
        this.#events.turnOver()
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
        this.#events.turnOver()
        if (this.#live !== live) return
        this.#lose(why ?? 'it closed the connection')
        this.#dialLater()
      },
    }
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
