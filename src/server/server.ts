import { Flood } from '../flood/flood.js'
import { Backlogs } from '../net/backlogs.js'
import { formatAddress, type Connection, type Prefetch } from '../net/connection.js'
import type { Address } from '../net/dial.js'
import { CLIENT_IDLE_MS, STOP_TIMEOUT_MS } from '../net/limits.js'
import { listen } from '../net/listen.js'
import type { Listening } from '../net/listen-all.js'
import type { Certificate } from '../net/tls.js'
import { Session, type Answer, type SessionState } from '../net/session.js'
import type { ByteWriter } from '../protocol/bytes.js'
import { clientIdsIn } from '../protocol/client-ids.js'
import type { Line } from '../protocol/lines.js'
import { Answers, asksForStatus, isForReserve } from './answers.js'
import { ClientAdmission } from './client-admission.js'
import { ClientRequests } from './client-requests.js'
import { classicInputOf } from './classic-input.js'
import { ConnectionLog } from './connection-log.js'
import { ConnectionGuard, type AdmittedConnection } from './connection-guard.js'
import { logReceivedLine, logSentLines, logSentReply } from '../log/wire-log.js'
import type { LocalServer, ProcessLink } from './process-link.js'
import { ExpiryClock } from './expiry-clock.js'
import { LinkFlaps } from './link-flaps.js'
import { NearQueries } from './near-queries.js'
import { Links, type RemoteServer } from './links.js'
import type { ServerFigures } from './server-figures.js'
import type { HttpListener, LinkNews, ReportStore, ServerOptions } from './server-options.js'
import { StatusReader } from './status-reader.js'

/** One server of a herd: answers its clients and floods their reports to its neighbours. */
export class Server {
  readonly #options: ServerOptions
  readonly #flood: Flood
  readonly #links: Links
  readonly #sessions = new Set<Session>()
  /** The sessions that have replies to send. */
  #due: Session[] = []
  readonly #accepted = new Set<Connection>()
  readonly #backlogs = new Backlogs()
  readonly #guard: ConnectionGuard
  readonly #requests: ClientRequests
  readonly #answers: Answers
  #listening: readonly Listening[] = []
  #http: HttpListener | undefined
  #store: ReportStore | undefined
  readonly #flaps: LinkFlaps
  readonly #admission: ClientAdmission
  readonly #near: NearQueries
  readonly #status: StatusReader
  readonly #expiry: ExpiryClock

  constructor(options: ServerOptions) {
    this.#options = options
    this.#flaps = new LinkFlaps(options)
    const { name, memory, budget, tick, scheduler, security = {} } = options
    this.#flood = new Flood(name, memory)
    scheduler.join(this.#flood.slices)
    this.#expiry = new ExpiryClock({ options, expiry: this.#flood.expiry })
    const admitted = (connection: AdmittedConnection): void => {
      this.#serve(connection)
    }
    this.#guard = new ConnectionGuard({ ...options, security, admitted })
    // The start time distinguishes the incarnations of a server.
    const startedAt = options.clock()
    this.#links = new Links({
      options,
      incarnation: String(startedAt),
      flood: this.#flood,
      prefetch: this.#prefetch,
      onNews: this.#onNews,
    })
    this.#near = new NearQueries(this.#flood, options.places.work)
    const shared = { options, flood: this.#flood, links: this.#links, near: this.#near }
    this.#admission = new ClientAdmission({ ...shared, budget })
    const store = (): ReportStore | undefined => this.#store
    const parts = { ...shared, admission: this.#admission, guard: this.#guard, store }
    this.#status = new StatusReader({ ...parts, startedAt, connections: () => this.#accepted.size })
    const figures = (): ServerFigures => this.#status.figures(this.#requests, this.#answers)
    this.#requests = new ClientRequests({ ...parts, run: String(startedAt), figures })
    this.#answers = new Answers({
      ...parts,
      requests: this.#requests,
      status: () => this.#status.status(),
      untrustedGreeting: (neighbour) => {
        this.#guard.lookUpAgain(neighbour)
      },
    })
    tick.join(this)
  }

  get name(): string {
    return this.#options.name
  }

  /**
   * Loads the stored reports. Connections wait until then. Throws a PersonError when that fails, or the reason of the signal of the store when
   * that is aborted.
   */
  async load(): Promise<void> {
    this.#store = await this.#options.openStore?.(this.#flood)
    this.#requests.isLoaded = true
    this.#guard.open()
    // Neighbours are sent digests as soon as all reports are hashed. That takes a while, in which clients are served.
    void this.#options.scheduler.hashed()
  }

  /** Listens at an address, or at all addresses of a host name. Returns them with their ports. Throws a PersonError when that fails. */
  async listen(address: Address): Promise<Address[]> {
    const { log, onFault } = this.#options
    this.#listening = await listen(this.name, address, {
      accepted: (socket) => {
        this.#guard.accept(socket)
      },
      failed: onFault,
    })
    const addresses = this.#listening.map(({ address }) => address)
    for (const { host, port } of addresses)
      log.write({ kind: 'server', what: 'listening', address: formatAddress(host, port) })
    return addresses
  }

  /** Listens for HTTP, if the options say so. Throws a PersonError when that fails. */
  async listenHttp(): Promise<void> {
    this.#http = await this.#options.listenHttp?.(this.#requests)
  }

  /** Where it listens for HTTP. */
  get httpAddresses(): readonly Address[] {
    return this.#http?.addresses ?? []
  }

  /** This server's interface to its neighbours in the same process. */
  get self(): LocalServer {
    const { name, log, tick } = this.#options
    return {
      name,
      log,
      flood: this.#flood,
      due: () => {
        tick.due()
      },
      onNews: this.#onNews,
    }
  }

  /** Adds a link to a neighbour in the same process. */
  join(link: ProcessLink): void {
    this.#links.join(link)
  }

  /** Links to neighbours in other processes. `find` returns what is known of a neighbour. */
  link(neighbours: readonly string[], find: (neighbour: string) => RemoteServer): void {
    for (const neighbour of neighbours) this.#links.open(neighbour, find(neighbour))
    this.#links.openEngine()
    this.#links.dial()
  }

  /** Presents this certificate to clients from now on. */
  renewCertificate(certificate: Certificate): void {
    this.#guard.renewCertificate(certificate)
    this.#http?.renewCertificate(certificate)
  }

  /**
   * Stops cleanly: accepts nothing more, sends pending replies and reports, and closes everything after the timeout. Returns how many
   * reports could not be saved on disk.
   */
  async stop(timeoutMs: number = STOP_TIMEOUT_MS): Promise<number> {
    const { log, tick, scheduler } = this.#options
    const httpStopped = this.#http?.stop(timeoutMs)
    const closed = this.#listening.map(
      ({ listener }) => new Promise<unknown>((resolve) => listener.close(resolve)),
    )
    this.#guard.close()
    tick.run()
    for (const session of this.#sessions) session.stop()
    const timeout = setTimeout(() => {
      for (const connection of this.#accepted) connection.destroy()
      this.#links.destroy()
    }, timeoutMs)
    await Promise.all([...closed, this.#links.stop(), httpStopped])
    clearTimeout(timeout)
    const unsaved = (await this.#store?.close()) ?? 0
    this.#flaps.close()
    this.#expiry.stop()
    tick.leave(this)
    scheduler.leave(this.#flood.slices)
    this.#near.close()
    this.#status.close()
    this.#requests.watches.close()
    this.#admission.end()
    log.write({ kind: 'server', what: 'stopped' })
    await log.close()
    return unsaved
  }

  /** Frees the memory of a server that has stopped, while others of the process run on. */
  drop(): void {
    this.#flood.drop()
  }

  /** See `Tick`. */
  flush(): void {
    this.#requests.turnEnded()
    this.#expiry.update()
    this.#near.keepUp()
    this.#status.tickEnded()
    this.#admission.count()
    this.#links.flush()
    this.#store?.flush()
    if (this.#flood.slices.isBehind) this.#options.scheduler.due()
  }

  /** See `Tick`. */
  reply(): void {
    const due = this.#due
    this.#due = []
    for (const session of due) session.flush()
  }

  readonly #prefetch: Prefetch = (lines) => {
    this.#options.memory.prefetch(clientIdsIn(lines))
  }

  #serve(admitted: AdmittedConnection): void {
    const { connection, isReserved, becomeClient } = admitted
    this.#track(connection)
    const classic = classicInputOf(admitted, this.#options, this.#flood, this.#links)
    const connectionLog = new ConnectionLog(this.#options.log, connection.peer)
    // A connection that may be of a storm is logged only when a client is served on it.
    if (classic?.isHeld !== true) connectionLog.accepted()
    const lines = this.#options.log.peer('client', connection.peer)
    const session = new Session(connection, this.#backlogs, {
      answer: (line, state, out) => {
        if (isReserved() && !isForReserve(line, state)) becomeClient()
        const taken = classic?.take(line)
        if (taken) return taken
        connectionLog.connected(state === 'new' && asksForStatus(line))
        logReceivedLine(lines, line)
        const answer = classic?.takeEarly(line) ?? this.#answer(admitted, line, state, out)
        if (answer.kind === 'link') this.#sessions.delete(session)
        return answer
      },
      due: () => {
        this.#due.push(session)
        this.#options.tick.due()
      },
      repliesSent: (replies) => {
        logSentLines(lines, replies)
      },
      foreign: (protocol) => {
        connectionLog.refused(`it speaks ${protocol}`)
      },
      lateReplySent: (reply) => {
        logSentReply(lines, reply)
      },
      closed: (why) => {
        this.#sessions.delete(session)
        this.#options.places.forget(connection)
        connectionLog.closed(why)
      },
    })
    this.#sessions.add(session)
  }

  #track(connection: Connection): void {
    this.#accepted.add(connection)
    connection.prefetch = this.#prefetch
    connection.onceClosed(() => this.#accepted.delete(connection))
    connection.closeWhenIdle(CLIENT_IDLE_MS)
  }

  #answer(
    { connection, trust, authorization, release }: AdmittedConnection,
    line: Line,
    state: SessionState,
    out: ByteWriter,
  ): Answer {
    const answer = this.#answers.answer(trust, { connection, authorization, line, state, out })
    if (answer.kind === 'link') release()
    return answer
  }

  readonly #onNews = (news: Omit<LinkNews, 'server'>): void => {
    // The neighbour may come back at another address, and the link reports failed dials only once per reason.
    if (news.what !== 'up') this.#guard.lookUpAgain(news.neighbour)
    this.#flaps.update({ server: this.name, ...news })
  }
}
