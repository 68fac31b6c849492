import type { Part } from '../flood/outbox.js'
import { ByteWriter } from '../protocol/bytes.js'
import { parseCommand, type Command } from '../protocol/command.js'
import type { Greeting } from '../protocol/greeting.js'
import type { Line } from '../protocol/lines.js'
import { isControl, type CallId, type LinkEffect, type LinkEvent } from '../link/events.js'
import { LinkMachine } from '../link/machine.js'
import type { Connection, ConnectionEvents } from './connection.js'
import { dial, type Address } from './dial.js'
import type { LinkEvents, LinkOptions, LinkStanding } from './link-options.js'
import { BYTES_PER_FLUSH, BYTES_PER_WRITE, LINES_PER_TAKE, MAX_LINK_BACKLOG_BYTES } from './limits.js'

/** While a call is being dialled, it can only be aborted. */
type Call = { readonly connection: Connection } | { readonly abort: () => void }

// The lines of one write. All links share it, since no write is suspended halfway.
const written = new ByteWriter()

/** The link to one neighbour over the network: performs the effects that its `LinkMachine` decides, and transfers lines while it is up. */
export class Link {
  readonly #options: LinkOptions
  readonly #events: LinkEvents
  readonly #machine: LinkMachine
  readonly #calls = new Map<CallId, Call>()
  #live: Connection | undefined
  /** The line of the event that the machine is processing. */
  #line: { readonly command: Command; readonly line: Line } | undefined
  #timer: NodeJS.Timeout | undefined
  #isFlushDue = false
  #isClosing = false
  #isStopped = false

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options
    this.#events = events
    this.#machine = new LinkMachine({
      ...options,
      mustGreet: options.isProxyherd || options.keys !== undefined,
      canDial: () => options.address() !== undefined,
    })
  }

  /** The status of the link; undefined while it is down. */
  get standing(): LinkStanding | undefined {
    const { live } = this.#machine
    if (!live || !this.#live) return undefined
    const now = performance.now()
    return {
      kind: 'proxyherd',
      upMs: now - live.since,
      lastHeardMsAgo: now - this.#live.lastReceivedAt,
      roundTripMs: live.roundTripMs,
      clockOffsetMs: live.clockOffsetMs,
      ...this.#live.traffic,
    }
  }

  /** Dials the neighbour now, unless the link is up, is being dialled, or was dialled a moment ago. */
  dial(): void {
    this.#step({ kind: 'dial' })
  }

  /** The neighbour has dialled us and greeted. */
  accept(connection: Connection, greeting: Greeting): void {
    const call = this.#machine.nextCall()
    this.#own(call, connection)
    this.#step({ kind: 'called', call, greeting })
  }

  /**
   * Sends what is pending for the neighbour, as far as it reads. All new reports are sent at once, so that they leave before the replies.
   * What the neighbour has missed may be large, so each turn sends a part of it.
   */
  flush(): void {
    const connection = this.#live
    if (!connection) return
    this.#write(connection, 'news', Infinity)
    // Send at least a few lines: a digest can be sent only while nearly all reports are hashed, which may be now.
    const [maxBytes, perWrite] = this.#isFlushDue ? [1, 1] : [BYTES_PER_FLUSH, BYTES_PER_WRITE]
    if (this.#write(connection, 'repairs', maxBytes, perWrite)) {
      if (connection.backlogBytes < MAX_LINK_BACKLOG_BYTES) this.#flushLater()
    } else if (this.#isStopped && !this.#isClosing) {
      this.#isClosing = true
      connection.close()
    }
  }

  /** Sends everything that is pending, then closes the link for good. Resolves when all its connections are closed. */
  async stop(): Promise<void> {
    this.#isStopped = true
    const closed = [...this.#calls.values()].map(async (call) => {
      if ('connection' in call) await call.connection.closed
    })
    this.#step({ kind: 'stop' })
    this.flush()
    await Promise.all(closed)
  }

  /** Closes all its connections at once. */
  destroy(): void {
    for (const call of this.#calls.values()) if ('connection' in call) call.connection.destroy()
  }

  #step(event: LinkEvent): void {
    for (const effect of this.#machine.step(event, performance.now())) this.#perform(effect)
    this.#wakeLater()
  }

  #perform(effect: LinkEffect): void {
    switch (effect.kind) {
      case 'dial':
        this.#dial(effect.call)
        return
      case 'send':
        this.#send(this.#connectionOf(effect.call), effect.line)
        return
      case 'close':
        this.#close(effect.call, effect.how)
        return
      case 'up':
        this.#live = this.#connectionOf(effect.call)
        this.#events.up(effect.why)
        this.flush()
        return
      case 'classic':
        this.#events.classic()
        return
      case 'deliver':
        if (this.#line) this.#events.receive(this.#line.command, this.#line.line)
        return
      case 'features':
        this.#events.features(effect.words)
        return
      case 'roundTrip':
        this.#events.roundTrip(effect.ms)
        return
      case 'down':
        this.#live = undefined
        this.#events.down(effect.why)
        return
      case 'unreachable':
        this.#events.unreachable(effect.why)
    }
  }

  // Answers to the heartbeats of a neighbour that does not read must not accumulate.
  #send(connection: Connection, line: string): void {
    if (connection.backlogBytes < MAX_LINK_BACKLOG_BYTES) {
      this.#events.logSent(line)
      connection.write(`${line}\n`)
    }
  }

  #dial(call: CallId): void {
    // The machine dials only while the address is known.
    const address = this.#options.address() as Address
    const abort = dial(address, this.#options.keys, {
      connected: () => {
        this.#step({ kind: 'connected', call })
      },
      ready: (connection) => {
        this.#own(call, connection)
        this.#step({ kind: 'ready', call })
      },
      failed: (why) => {
        this.#calls.delete(call)
        this.#step({ kind: 'closed', call, why })
      },
    })
    this.#calls.set(call, { abort })
  }

  #close(id: CallId, how: 'flushed' | 'at once'): void {
    const call = this.#calls.get(id) as Call
    this.#calls.delete(id)
    if ('abort' in call) call.abort()
    else if (how === 'flushed') call.connection.close()
    else call.connection.destroy()
  }

  #own(call: CallId, connection: Connection): void {
    this.#calls.set(call, { connection })
    connection.closeWhenIdle(0)
    connection.becomeLink()
    connection.prefetch = this.#options.prefetch
    connection.setOwner(this.#eventsOf(call, connection))
  }

  #eventsOf(call: CallId, connection: Connection): ConnectionEvents {
    const isLive = (): boolean => this.#live === connection
    return {
      line: (line) => {
        this.#receive(call, line, isLive())
      },
      turnEnded: () => {
        if (isLive()) this.#events.turnEnded()
      },
      ended: () => {
        this.#step({ kind: 'halfClosed', call })
      },
      drained: () => {
        if (isLive()) this.flush()
      },
      closed: (why) => {
        // Everything that the neighbour sent before it closed is processed, however busy this process is.
        connection.readAll()
        if (isLive()) this.#events.turnEnded()
        this.#calls.delete(call)
        this.#step({ kind: 'closed', call, why })
      },
    }
  }

  #receive(call: CallId, line: Line, isLive: boolean): void {
    const command = parseCommand(line)
    this.#events.logReceived(command, line)
    if (isLive && !isControl(command)) {
      this.#events.receive(command, line)
      return
    }
    this.#line = { command, line }
    this.#step({ kind: 'line', call, command })
    this.#line = undefined
  }

  /** The connection of a call. The call must be ready. */
  #connectionOf(id: CallId): Connection {
    return (this.#calls.get(id) as Extract<Call, { connection: Connection }>).connection
  }

  /** Writes lines of a part until the backlog is full, `maxBytes` are written or none is left. Returns false only if none is left. */
  #write(connection: Connection, part: Part, maxBytes: number, perWrite = BYTES_PER_WRITE): boolean {
    for (let left = maxBytes; left > 0;) {
      if (connection.backlogBytes >= MAX_LINK_BACKLOG_BYTES) return true
      while (written.length < perWrite && this.#events.take(LINES_PER_TAKE, written, part) > 0);
      if (written.length === 0) return false
      left -= written.length
      connection.write(written.take())
    }
    return true
  }

  #flushLater(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    setImmediate(() => {
      this.#isFlushDue = false
      this.flush()
    })
  }

  #wakeLater(): void {
    clearTimeout(this.#timer)
    const { wakeAt } = this.#machine
    if (wakeAt === Infinity) return
    // If this process was held up, the input that arrived meanwhile is read first.
    this.#timer = setTimeout(() => setImmediate(this.#wake), Math.max(0, wakeAt - performance.now()))
  }

  readonly #wake = (): void => {
    const heardAt = this.#live?.lastReceivedAt ?? 0
    this.#step({ kind: 'time', heardAt, isBacklogged: (this.#live?.backlogBytes ?? 0) > 0 })
  }
}
