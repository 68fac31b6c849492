import { ByteWriter, toText } from '../protocol/bytes.js'
import type { Flood } from '../flood/flood.js'
import type { Log } from '../log/log.js'
import type { Near } from '../near/near.js'
import type { ClientNumber } from '../memory/numbers.js'
import type { Access } from '../net/token-rights.js'
import type { PlacesCall } from '../places/places.js'
import { parsePosition, type Position } from '../protocol/position.js'
import { reportHead, writeReport, type Report, type Sighting } from '../protocol/report.js'
import { nextGeneration, writeForget, type ForgetRequest } from '../protocol/statement.js'
import { instantOf, isMoreThan, type Instant } from '../protocol/time.js'
import { logTokenUse } from './authorization.js'
import { CallTimes } from './call-times.js'
import { findAhead, type AheadQuery, type ClientAhead } from './clients-ahead.js'
import type { ClientAdmission } from './client-admission.js'
import type { NearQueries } from './near-queries.js'
import { ReadFilter } from './read-filter.js'
import { ReportCounter } from './report-counter.js'
import type { ServerFigures } from './server-figures.js'
import type { ReportStore, ServerOptions } from './server-options.js'
import type { TickParticipant } from './tick.js'
import { WatchStreams } from './watch-streams.js'

/** Why a request is refused: its time is too far ahead or has expired, the memory is full, or a neighbour does not know it. */
export interface Refusal {
  readonly kind: 'future' | 'expired' | 'memory' | 'neighbour'
  readonly why: string
}

/** What a client wants to know of the places near the position of a report. */
export interface PlacesRequest {
  /** The client's connection. */
  readonly owner: object
  readonly report: Report
  readonly radiusKm: number
  readonly items: number
}

/** Some clients of a server, by number. */
export interface ClientPage {
  readonly clients: readonly ClientNumber[]
  /** The number from which on there may be more; undefined if there are none. */
  readonly next: number | undefined
}

export interface ClientRequestsParts {
  readonly options: ServerOptions
  readonly flood: Flood
  readonly near: NearQueries
  readonly admission: ClientAdmission
  /** Distinguishes the runs of the server. */
  readonly run: string
  /** The store, once it is open. */
  readonly store: () => ReportStore | undefined
  readonly figures: () => ServerFigures
}

/** About as many bytes as the line of a forget has besides the client ID. */
const HEAD_BYTES = 128

/** How many client numbers a page looks at. Servers of one process share the numbers, so many of them may not be of this one. */
export const MAX_PAGE_STEPS = 100_000

/** The same where each client is checked, which takes longer. */
const MAX_CHECKED_STEPS = 10_000

/** What clients can ask of a server, in whatever protocol. */
export class ClientRequests {
  /** Whether the stored reports are loaded, so that requests can be answered. */
  isLoaded = false
  /** Those who watch clients and places. */
  readonly watches: WatchStreams
  readonly #parts: ClientRequestsParts
  /** The start of each report that this server makes. */
  readonly #head: Uint8Array
  // The clock is read once for all reports of one tick.
  #now: Instant | undefined
  readonly #counter = new ReportCounter()
  /** How many reports of clients were the newest, how many were not, and how many had a time too far ahead or had expired. */
  readonly counts = { newest: 0, stale: 0, future: 0, expired: 0 }
  /** How many look-ups of places there were, and how long the calls for them took. */
  readonly lookUps = { count: 0, calls: new CallTimes() }
  /** The count of this tick's reports, where it differs from the microseconds of their arrival. */
  #count: number | undefined

  constructor(parts: ClientRequestsParts) {
    this.#parts = parts
    this.#head = reportHead(parts.options.name)
    this.watches = new WatchStreams(parts)
  }

  /** The name of the server. */
  get server(): string {
    return this.#parts.options.name
  }

  /** Distinguishes the runs of the server. */
  get run(): string {
    return this.#parts.run
  }

  get log(): Log {
    return this.#parts.options.log
  }

  /** What the server has done so far, and how it stands. */
  figures(): ServerFigures {
    return this.#parts.figures()
  }

  /** The tick is over: the next report reads the clock again. */
  turnEnded(): void {
    this.#now = undefined
  }

  /** The clock of the server in this tick. */
  get now(): Instant {
    const { tick, clock } = this.#parts.options
    // The reading is dropped at the end of the tick.
    if (this.#now) return this.#now
    tick.due()
    this.#now = instantOf(clock())
    this.#count = this.#counter.next(this.#now)
    return this.#now
  }

  /** Why a report is refused; undefined if it is not. Counts refusals. */
  refusal(sighting: Sighting): Refusal | undefined {
    const { options, admission, flood } = this.#parts
    if (this.#isTooFarAhead(sighting.instant)) {
      this.counts.future += 1
      return this.#future(options)
    }
    const { cutoff } = flood.expiry.cutoff
    if (sighting.instant.seconds < cutoff) {
      this.counts.expired += 1
      return { kind: 'expired', why: `its time is before ${cutoff}, so it has expired` }
    }
    const why = admission.refusal(sighting)
    return why === undefined ? undefined : { kind: 'memory', why }
  }

  /** Why a client is not forgotten; undefined if it may be. Counts refusals for lack of memory. */
  refusalOfForget(request: ForgetRequest): Refusal | undefined {
    const { options, flood, admission } = this.#parts
    const neighbour = flood.withoutForgets
    if (neighbour !== undefined)
      return { kind: 'neighbour', why: `the version of ${neighbour}, which is linked, does not know FORGET` }
    if (request.until && this.#isTooFarAhead(request.until.instant)) return this.#future(options)
    const why = admission.refusalOfForget(request)
    return why === undefined ? undefined : { kind: 'memory', why }
  }

  /** Forgets a client, unless that is refused: all reports up to a time, or all so far, whatever their times. Logs whose token allows it. */
  forget(who: string, access: Access, request: ForgetRequest): void {
    const { bytes, client, clientEnd, until } = request
    const { flood, options } = this.#parts
    const held = flood.statementAbout(bytes.subarray(client, clientEnd))
    const generation = until ? (held?.generation ?? 0) : nextGeneration(held, this.now)
    const out = new ByteWriter(clientEnd - client + HEAD_BYTES)
    const statement = writeForget(out, { head: this.#head, request, generation, receivedAt: this.now })
    flood.receiveStatement(statement, undefined, this.#count)
    options.tick.due()
    if (access.token !== undefined) logTokenUse(options.log, who, access, 'FORGET')
    const line = toText(bytes, client, clientEnd)
    const time = until ? ` ${toText(bytes, until.start, until.end)}` : ''
    options.log.write({ kind: 'forget', who, line: `FORGET ${line}${time}` })
  }

  /** Takes in a report that is not refused, and writes its line, without line end. Returns whether it is the newest of its client. */
  receive(who: string, sighting: Sighting, out: ByteWriter): boolean {
    const report = writeReport(out, this.#head, sighting, this.now)
    const isNewest = this.#parts.flood.receiveOwn(report, this.#count)
    if (isNewest) {
      this.counts.newest += 1
      this.watches.received()
    } else {
      this.watches.superseded(report)
      this.#receivedStale(who, sighting)
    }
    return isNewest
  }

  /**
   * Resolves to whether all reports so far are safe on disk; undefined if replies need not wait for that. A stale report waits, too: the newer
   * report that supersedes it may not be on disk yet.
   */
  committed(): Promise<boolean> | undefined {
    const { options, store } = this.#parts
    return options.commitsFirst === true ? store()?.committed() : undefined
  }

  /** Resolves when the reports so far are on their way to the neighbours. */
  flushed(): Promise<void> {
    return this.#parts.options.tick.ended()
  }

  /** Calls the participant in every tick from now on, until `leave`. */
  join(participant: TickParticipant): void {
    this.#parts.options.tick.join(participant)
  }

  leave(participant: TickParticipant): void {
    this.#parts.options.tick.leave(participant)
  }

  /** The newest report of a client, or undefined if there is none; valid until the next is received. */
  newest(client: Uint8Array): Report | undefined {
    return this.#parts.flood.get(client)
  }

  /** Says which clients a search may show to somebody. */
  readFilter(access: Access): ReadFilter {
    return new ReadFilter(access, this.#parts.flood)
  }

  /** The same for a client of a page. */
  reportOf(client: ClientNumber): Report {
    return this.#parts.flood.reportOf(client)
  }

  /**
   * At most `most` clients that have a report and may be seen, ordered by number, from a number on. A client keeps its number while it has a report.
   */
  page(from: number, most: number, access: Access): ClientPage {
    const { options, flood } = this.#parts
    const steps = access.reads === 'all' ? MAX_PAGE_STEPS : MAX_CHECKED_STEPS
    const end = Math.min(options.memory.clients, from + steps)
    const { isVisible } = new ReadFilter(access, flood)
    const clients: ClientNumber[] = []
    for (const client of flood.clients(from, end)) {
      if (!isVisible(client)) continue
      if (clients.length === most) return { clients, next: client }
      clients.push(client)
    }
    return { clients, next: end < options.memory.clients ? end : undefined }
  }

  /** Searches the index of positions, see `NearQueries.find`. */
  findNear<T>(owner: object, read: (near: Near) => T): Promise<T> {
    return this.#parts.near.find(owner, read)
  }

  /** Finds clients whose time is ahead of the server's clock, see `findAhead`. */
  findAhead(query: AheadQuery, take: (client: ClientAhead) => boolean): Promise<ClientNumber | undefined> {
    const { flood, options } = this.#parts
    const { memory, places } = options
    const parts = { flood, work: places.work, now: () => this.now, end: () => memory.clients }
    return findAhead(parts, query, take)
  }

  /** The Places JSON for a position, see `Places.find`. */
  findPlaces({ owner, report, radiusKm, items }: PlacesRequest): Promise<string> {
    const { bytes, position, time } = report
    const { places, log } = this.#parts.options
    this.lookUps.count += 1
    const onCall = (call: PlacesCall): void => {
      this.lookUps.calls.add(call)
      log.write({ kind: 'places', ...call })
    }
    const query = { position: parsePosition(toText(bytes, position, time - 1)) as Position, radiusKm }
    return places.find({ owner, query, most: items, onCall })
  }

  /** Drops the look-ups and searches of a connection that is closed. */
  dropRequests(owner: object): void {
    this.#parts.options.places.forget(owner)
  }

  #isTooFarAhead(time: Instant): boolean {
    const { maxFutureSeconds } = this.#parts.options
    return maxFutureSeconds > 0 && isMoreThan(maxFutureSeconds, time, this.now)
  }

  #future({ maxFutureSeconds }: ServerOptions): Refusal {
    return {
      kind: 'future',
      why: `its time is more than ${maxFutureSeconds} s ahead of the server's clock`,
    }
  }

  /** The reply to a stale report looks like any other, so the log says that it had no effect. */
  #receivedStale(who: string, { bytes, client, clientEnd }: Sighting): void {
    this.counts.stale += 1
    const kept = this.#parts.flood.get(bytes.subarray(client, clientEnd))
    if (kept) this.log.write({ kind: 'stale', who, line: toText(kept.bytes, kept.start, kept.end) })
  }
}
