import type { AddressInfo, Server as Listener } from 'node:net'
import { Flood } from '../flood/flood.js'
import type { HashKey } from '../flood/siphash.js'
import { formatAddress, type Connection } from '../net/connection.js'
import type { Address } from '../net/dial.js'
import { CLIENT_IDLE_MS, maxBacklogBytes, STOP_TIMEOUT_MS } from '../net/limits.js'
import { listen } from '../net/listen.js'
import { Session, type Answer } from '../net/session.js'
import type { Command } from '../protocol/command.js'
import { formatLinkRefusal, type Greeting } from '../protocol/greeting.js'
import type { Line } from '../protocol/lines.js'
import { parsePosition } from '../protocol/position.js'
import { refusalOf } from '../protocol/refusal.js'
import { reportOf, type Report, type Sighting } from '../protocol/report.js'
import { formatStatus, type ServerStatus } from '../protocol/status.js'
import { NANOSECONDS_PER_SECOND, type Instant } from '../protocol/time.js'
import { commandIn, refused, textOf } from './heard.js'
import { Door, type Trust } from './door.js'
import type { Colleague, InnerLink } from './inner-link.js'
import { Links } from './links.js'
import type { LinkNews, ReportStore, ServerOptions } from './server-options.js'
import { isoOf, millisecondsOf } from './status.js'

/** One server of a herd: answers its clients and floods what they report to its neighbours. */
export class Server {
  readonly #options: ServerOptions
  readonly #flood: Flood
  readonly #self: Colleague
  readonly #links: Links
  readonly #sessions = new Set<Session>()
  readonly #accepted = new Set<Connection>()
  readonly #door: Door
  // The time of its start tells a server from its earlier self.
  readonly #startedAt: Instant
  #listener: Listener | undefined
  #store: ReportStore | undefined

  constructor(options: ServerOptions) {
    this.#options = options
    this.#flood = new Flood(options.name, options.security?.keys?.digestKey() ?? PUBLIC_KEY)
    const { security = {}, trustedHosts, log } = options
    this.#door = new Door(security, trustedHosts, log, (connection, trust) => {
      this.#enter(connection, trust)
    })
    this.#startedAt = options.clock()
    this.#self = this.#asColleague()
    this.#links = new Links({
      options,
      incarnation: String(this.#startedAt),
      flood: this.#flood,
      self: this.#self,
      tell: (news) => {
        this.#tell({ server: options.name, ...news })
      },
    })
  }

  get name(): string {
    return this.#options.name
  }

  /** Loads the reports that it has kept on disk. Throws a PersonError when it cannot. */
  async load(): Promise<void> {
    this.#store = await this.#options.openStore?.((report) => this.#flood.hear(report))
  }

  /** Takes connections at an address; gives the one that it got, since port 0 takes any free port. Throws a PersonError when it cannot. */
  async listen(address: Address): Promise<Address> {
    const { log } = this.#options
    this.#listener = await listen(this.name, address, {
      accepted: (socket) => {
        this.#door.accept(socket)
      },
      refused: (who) => {
        log.write({ kind: 'client', what: 'refused', who, why: 'too many connections' })
      },
    })
    const { port } = this.#listener.address() as AddressInfo
    log.write({ kind: 'server', what: 'listening', address: formatAddress(address.host, port) })
    return { ...address, port }
  }

  /** This server, as its neighbours in the same process see it. */
  get self(): Colleague {
    return this.#self
  }

  /** Takes in a link to a neighbour in the same process. */
  join(link: InnerLink): void {
    this.#links.join(link)
  }

  /**
   * Links to the neighbours named, which are elsewhere; `addressOf` tells where one listens, or undefined while that is not known, and then
   * it has to dial us.
   */
  link(neighbours: readonly string[], addressOf: (neighbour: string) => Address | undefined): void {
    for (const neighbour of neighbours) this.#links.open(neighbour, () => addressOf(neighbour))
    this.#links.dial()
  }

  /** Ends cleanly: takes nothing more, lets replies and reports in flight leave, and after the timeout closes everything. */
  async stop(timeoutMs: number = STOP_TIMEOUT_MS): Promise<void> {
    const { log } = this.#options
    const listener = this.#listener
    const closed = new Promise<unknown>((resolve) => {
      if (listener) listener.close(resolve)
      else resolve(undefined)
    })
    this.#door.close()
    for (const session of this.#sessions) session.stop()
    const timeout = setTimeout(() => {
      for (const connection of this.#accepted) connection.destroy()
      this.#links.destroy()
    }, timeoutMs)
    await Promise.all([closed, this.#links.stop()])
    clearTimeout(timeout)
    await this.#store?.close()
    log.write({ kind: 'server', what: 'stopped' })
    await log.close()
  }

  #enter(connection: Connection, trust: Trust): void {
    const { log } = this.#options
    const who = connection.peer
    this.#accepted.add(connection)
    connection.onceClosed(() => this.#accepted.delete(connection))
    connection.closeWhenIdle(CLIENT_IDLE_MS)
    log.write({ kind: 'client', what: 'connected', who })
    const session = new Session(connection, {
      answer: (line, isFirst) => {
        log.write({ kind: 'in', peer: 'client', who, line: textOf(line) })
        const answer = this.#answerAs(trust, who, line, isFirst ? connection : undefined)
        if (answer.kind === 'link') this.#sessions.delete(session)
        return answer
      },
      beforeReplies: () => {
        this.#links.flush()
      },
      maxBacklogBytes: () => maxBacklogBytes(this.#accepted.size),
      replied: (text) => {
        log.write({ kind: 'out', peer: 'client', who, line: text.replace(/\n+$/, '') })
      },
      closed: (why) => {
        this.#sessions.delete(session)
        log.write({ kind: 'client', what: 'closed', who, ...(why !== undefined && { why }) })
      },
    })
    this.#sessions.add(session)
  }

  /** `fresh` is the connection, if the line is the first on it: only then can it become a link. */
  #answer(who: string, line: Line, command: Command, fresh: Connection | undefined): Answer {
    switch (command.kind) {
      case 'iamat':
        return this.#iamat(who, line, command)
      case 'whatsat':
        return this.#whatsat(who, line, command)
      case 'at':
        this.#hear(command.report)
        // Only servers send this, and one that is not proxyherd may have come back just now.
        if (fresh) this.#links.dial()
        return { kind: 'silence' }
      case 'greeting': {
        if (!fresh) return this.#refuse(who, line, 'only a link begins with this')
        return this.#greeting(who, line, command.greeting, fresh)
      }
      case 'status':
        return { kind: 'reply', text: `${formatStatus(this.#status())}\n` }
      case 'sync':
      case 'ping':
        return this.#refuse(who, line, 'this is what linked servers say to each other')
      case 'malformed':
        return this.#refuse(who, line, command.why)
    }
  }

  #greeting(who: string, line: Line, greeting: Greeting, connection: Connection): Answer {
    const fit = this.#links.greeted(greeting)
    if (fit.kind === 'link')
      return {
        kind: 'link',
        become: (lines) => {
          fit.link.accept(connection, greeting, lines)
        },
      }
    return this.#refuseLink(who, line, fit.why)
  }

  #answerAs(trust: Trust, who: string, line: Line, fresh: Connection | undefined): Answer {
    const command = commandIn(line)
    const { kind } = command
    if (trust.kind === 'client' && kind === 'greeting') return this.#refuseLink(who, line, trust.why)
    if (trust.kind === 'client' && (kind === 'at' || kind === 'status'))
      return this.#refuse(who, line, trust.why)
    return this.#answer(who, line, command, fresh)
  }

  #iamat(who: string, line: Line, sighting: Sighting): Answer {
    const { clock, maxFutureSeconds } = this.#options
    const now = clock()
    if (maxFutureSeconds > 0 && sighting.instant - now > BigInt(maxFutureSeconds) * NANOSECONDS_PER_SECOND)
      return this.#refuse(
        who,
        line,
        `its time is more than ${maxFutureSeconds} s ahead of the server's clock`,
      )
    const report = reportOf(sighting, this.name, now)
    this.#hear(report)
    const reply = `${report.line}\n`
    // Also what is not news waits: for the newer one that it gives way to, and that may not be on disk yet.
    if (!this.#store || !this.#options.commitsFirst) return { kind: 'reply', text: reply }
    // It is in memory and on its way to the neighbours all the same; but what was promised is that it is on disk.
    const text = this.#store
      .committed()
      .then((isSafe) => (isSafe ? reply : this.#refusal(who, line, 'it could not be written to disk')))
    return { kind: 'later', text }
  }

  /** Takes in a report from a client, or from a neighbour; gives whether it was news. */
  #hear(report: Report, from?: string): boolean {
    const isNews = this.#flood.hear(report, from)
    if (isNews) this.#store?.put(report)
    this.#links.deliver()
    return isNews
  }

  #whatsat(who: string, line: Line, { client, radiusKm, items }: Whatsat): Answer {
    const report = this.#flood.get(client)
    const position = report && parsePosition(report.position)
    if (!position) return this.#refuse(who, line, 'no server of the herd has heard of this client')
    const text = this.#options.places
      .find({ position, radiusKm }, items)
      .then((places) => `${report.line}\n${places}\n\n`)
    return { kind: 'later', text }
  }

  // Not with "? ", or the neighbour would take us for another kind of server.
  #refuseLink(who: string, line: Line, why: string): Answer {
    this.#options.log.write(refused(who, line, why))
    return { kind: 'reply', text: `${formatLinkRefusal(why)}\n` }
  }

  #refuse(who: string, line: Line, why: string): Answer {
    return { kind: 'reply', text: this.#refusal(who, line, why) }
  }

  #refusal(who: string, line: Line, why: string): string {
    this.#options.log.write(refused(who, line, why))
    return refusalOf(line)
  }

  #tell(news: LinkNews): void {
    const { neighbour, what, why } = news
    this.#options.log.write({ kind: 'link', neighbour, what, ...(why !== '' && { why }) })
    this.#options.onLink(news)
  }

  #status(): ServerStatus {
    const { name: server, version, clock } = this.#options
    const [startedMs, nowMs] = [millisecondsOf(this.#startedAt), millisecondsOf(clock())]
    return {
      server,
      version,
      startedAt: isoOf(startedMs),
      uptimeSeconds: (nowMs - startedMs) / 1_000,
      clients: this.#flood.size,
      digest: this.#flood.digest,
      links: this.#links.statuses(nowMs),
    }
  }

  #asColleague(): Colleague {
    const { name, log } = this.#options
    return {
      name,
      log,
      digest: () => this.#flood.digest,
      lacks: (report) => this.#flood.lacks(report),
      hear: (report, from) => {
        if (this.#hear(report, from)) this.#links.flushSoon()
      },
    }
  }
}

// Without a herd key there is nothing secret to hash with, and who means ill need not bother: he may say AT.
const PUBLIC_KEY: HashKey = [0, 0, 0, 0]

type Whatsat = Extract<Command, { kind: 'whatsat' }>
