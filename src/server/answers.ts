import type { Flood } from '../flood/flood.js'
import type { Connection } from '../net/connection.js'
import type { ClientNumber } from '../memory/numbers.js'
import type { Answer, SessionState } from '../net/session.js'
import { FULL_ACCESS, type Access } from '../net/token-rights.js'
import { ByteWriter, LF, SPACE, toBytes, toText } from '../protocol/bytes.js'
import { parseCommand, type Command } from '../protocol/command.js'
import { formatLinkRefusal, type Greeting } from '../protocol/greeting.js'
import { lineOf, textOf, type Line } from '../protocol/lines.js'
import { writeRefusal } from '../protocol/refusal.js'
import type { Sighting } from '../protocol/report.js'
import type { ForgetRequest } from '../protocol/statement.js'
import { formatStatus, type ServerStatus } from '../protocol/status.js'
import type { WatchCommand } from '../protocol/watch-command.js'
import type { Trust } from './connection-guard.js'
import { refusedEntry } from '../log/wire-log.js'
import type { ClientAuthorization } from './client-authorization.js'
import type { ClientRequests } from './client-requests.js'
import type { Links } from './links.js'
import type { NearQueries } from './near-queries.js'
import { MAX_HIDDEN, ReadFilter } from './read-filter.js'
import type { ServerOptions } from './server-options.js'
import { lineReader, watchOf } from './watch-lines.js'

/** A line from a client, with what is needed to answer it. */
export interface ClientRequest {
  readonly connection: Connection
  /** What the client may do. */
  readonly authorization: ClientAuthorization
  readonly line: Line
  /** What the connection is. Only a new one can become a link. */
  readonly state: SessionState
  /** The reply is written to this. */
  readonly out: ByteWriter
}

export interface AnswersParts {
  readonly options: ServerOptions
  readonly flood: Flood
  readonly links: Links
  readonly requests: ClientRequests
  readonly near: NearQueries
  readonly status: () => ServerStatus
  /** Called when an untrusted connection greets in the name of a server. */
  readonly untrustedGreeting: (server: string) => void
}

/** A search that comes upon so many clients which the token does not allow to see is refused. */
const TOO_MANY_HIDDEN = `more than ${MAX_HIDDEN} clients in this radius are hidden from the token`
/** Why a line is refused after a `WATCH`. */
const WATCHING = 'the connection is a stream since its WATCH'

const REPLIED: Answer = { kind: 'reply' }
const SILENCE: Answer = { kind: 'silence' }

/** Whether a line is served even when all client slots are taken: a greeting that opens a link, or `STATUS`. */
export function isForReserve(line: Line, state: SessionState): boolean {
  const { kind } = parseCommand(line)
  return kind === 'status' || (kind === 'greeting' && state === 'new')
}

/** Whether a line asks for `STATUS`. */
export function asksForStatus(line: Line): boolean {
  return parseCommand(line).kind === 'status'
}

/** Executes the commands of a server's clients. */
export class Answers {
  readonly #parts: AnswersParts
  /** How many lines of clients were refused. */
  refusedLines = 0

  constructor(parts: AnswersParts) {
    this.#parts = parts
  }

  /** Executes a request, as far as the client is trusted. */
  answer(trust: Trust, request: ClientRequest): Answer {
    const command = parseCommand(request.line)
    const { kind } = command
    if (request.state === 'stream') return this.#refuse(request, WATCHING)
    if (trust.kind === 'client' && kind === 'greeting') {
      // Most likely a neighbour whose address has changed. Its new address may be known when it dials again.
      this.#parts.untrustedGreeting(command.greeting.from)
      return this.#refuseLink(request, trust.why)
    }
    if (kind === 'status') return this.#status(trust, request, command.sample)
    if (trust.kind === 'client' && kind === 'at') return this.#refuse(request, trust.why)
    return this.#answer(request, command)
  }

  #answer(request: ClientRequest, command: Exclude<Command, { kind: 'status' }>): Answer {
    switch (command.kind) {
      case 'iamat':
        return this.#iamat(request, command.sighting)
      case 'whatsat':
        return this.#whatsat(request, command)
      case 'near':
        return this.#near(request, command)
      case 'watch':
        return this.#watch(request, command)
      case 'forget':
        return this.#forget(request, command.request)
      case 'at':
        this.#parts.flood.receive(command.report, undefined, command.count)
        this.#parts.options.tick.due()
        // Only servers send AT. A classic neighbour may have just come back.
        if (request.state === 'new') this.#parts.links.dial()
        return SILENCE
      case 'greeting':
        return this.#greeting(request, command.greeting)
      case 'auth':
        return request.authorization.authenticate(command.token, request.out)
      case 'late':
      case 'statement':
      case 'sync':
      case 'tree':
      case 'linkRefusal':
      case 'features':
      case 'ping':
      case 'pong':
      case 'memory':
        return this.#refuse(request, 'only linked servers send this to each other')
      case 'malformed':
        return this.#refuse(request, command.why)
    }
  }

  // Who is trusted as a server may also link, and is then sent all reports. Others are named only the clients that they may see.
  #status(trust: Trust, request: ClientRequest, sample: number): Answer {
    const { access, mayAskStatus } = request.authorization
    if (trust.kind === 'client' && !mayAskStatus) return this.#refuse(request, trust.why)
    const { scheduler } = this.#parts.options
    const format = (): string => this.#formatStatus(sample, trust.kind === 'client' ? access : FULL_ACCESS)
    if (scheduler.areHashed) {
      request.out.text(format())
      return REPLIED
    }
    return { kind: 'later', reply: scheduler.hashed().then(() => toBytes(format())) }
  }

  #formatStatus(count: number, access: Access): string {
    const { flood, options, status } = this.#parts
    const reportText = (client: ClientNumber): string => {
      const { bytes, start, end } = flood.reportOf(client)
      return toText(bytes, start, end)
    }
    const { isVisible } = new ReadFilter(access, flood)
    const sampled = count > 0 ? flood.sample(count, options.random()) : undefined
    const sample = sampled?.filter(isVisible).map(reportText)
    return `${formatStatus({ ...status(), sample })}\n`
  }

  #greeting(request: ClientRequest, greeting: Greeting): Answer {
    const { connection, state } = request
    if (state !== 'new') return this.#refuse(request, 'a greeting must be the first line of a connection')
    const fit = this.#parts.links.admit(greeting)
    if (fit.kind === 'misfit') return this.#refuseLink(request, fit.why)
    const accept = (): void => {
      fit.link.accept(connection, greeting)
    }
    return { kind: 'link', accept }
  }

  #iamat(request: ClientRequest, sighting: Sighting): Answer {
    const { requests } = this.#parts
    const { access } = request.authorization
    if (!access.mayReport(sighting.bytes, sighting.client, sighting.clientEnd))
      return this.#forbid(request, 'reports of this client')
    const refusal = requests.refusal(sighting)
    if (refusal) return this.#refuse(request, refusal.why)
    const { out } = request
    const start = out.length
    requests.receive(request.connection.peer, sighting, out)
    out.byte(LF)
    return this.#onceSafe(request, start)
  }

  #forget(request: ClientRequest, forget: ForgetRequest): Answer {
    const { requests } = this.#parts
    const { access } = request.authorization
    if (!access.may('forget')) return this.#forbid(request, 'FORGET')
    const refusal = requests.refusalOfForget(forget)
    if (refusal) return this.#refuse(request, refusal.why)
    const { out } = request
    const start = out.length
    requests.forget(request.connection.peer, access, forget)
    const { bytes, client, clientEnd, until } = forget
    out.text('FORGOTTEN ')
    out.copy(bytes, client, clientEnd)
    if (until) {
      out.byte(SPACE)
      out.copy(bytes, until.start, until.end)
    }
    out.byte(LF)
    return this.#onceSafe(request, start)
  }

  /** Sends a reply, which begins at `start`, once what it promises is as safe as it must be. */
  #onceSafe(request: ClientRequest, start: number): Answer {
    const { out } = request
    const committed = this.#parts.requests.committed()
    if (!committed) return REPLIED
    const reply = Buffer.from(out.bytes.subarray(start, out.length))
    out.length = start
    return { kind: 'later', reply: this.#onceCommitted(committed, reply, request) }
  }

  // If the commit fails, the report is in memory and being flooded all the same. It is refused because the reply promises that it is on disk.
  async #onceCommitted(
    committed: Promise<boolean>,
    reply: Uint8Array,
    { connection, line }: ClientRequest,
  ): Promise<Uint8Array> {
    const copy = lineOf(textOf(line))
    if (await committed) return reply
    this.#parts.options.log.write(refusedEntry(connection.peer, copy, 'it could not be written to disk'))
    return toBytes(`? ${textOf(copy)}\n`)
  }

  #whatsat(request: ClientRequest, { client, radiusKm, items }: Whatsat): Answer {
    const { requests } = this.#parts
    // Before the look-up, so that nobody learns which clients there are.
    if (!request.authorization.access.mayRead(client))
      return this.#forbid(request, 'questions about this client')
    const report = requests.newest(client)
    if (!report) return this.#refuse(request, 'the herd has no report of this client')
    const line = toText(report.bytes, report.start, report.end)
    const reply = requests
      .findPlaces({ owner: request.connection, report, radiusKm, items })
      .then((places) => toBytes(`${line}\n${places}\n\n`))
    return { kind: 'later', reply }
  }

  #near(request: ClientRequest, { point, radiusM, items }: NearCommand): Answer {
    const { flood, near } = this.#parts
    const { connection, line, authorization } = request
    const { access } = authorization
    if (access.reads === 'none') return this.#forbid(request, 'NEAR')
    const filter = new ReadFilter(access, flood)
    const copy = access.reads === 'all' ? undefined : lineOf(textOf(line))
    const reply = near.find(connection, (index) => {
      const out = new ByteWriter()
      const found = index.nearest({ point, radiusM, limit: items, isVisible: filter.isVisible })
      if (copy && filter.hasGivenUp) {
        this.#refuse({ ...request, line: copy, out }, TOO_MANY_HIDDEN)
        return out.take()
      }
      for (const { client } of found) {
        const { bytes, start, end } = flood.reportOf(client)
        out.copy(bytes, start, end)
        out.byte(LF)
      }
      out.byte(LF)
      return out.take()
    })
    return { kind: 'later', reply }
  }

  #watch(request: ClientRequest, command: WatchCommand): Answer {
    const { watches } = this.#parts.requests
    const { access } = request.authorization
    const ids = command.what === 'clients' ? command.ids : []
    if (access.reads === 'none' || !ids.every((id) => access.mayRead(toBytes(id))))
      return this.#forbid(request, 'WATCH')
    if (watches.isFull) return this.#refuse(request, 'too many clients watch this server')
    return { kind: 'stream', open: (sink) => watches.open(watchOf(command, access), lineReader(sink)) }
  }

  // A reply that starts with "? " would make the neighbour treat this server as a classic one.
  #refuseLink({ connection, line, out }: ClientRequest, why: string): Answer {
    this.#parts.options.log.write(refusedEntry(connection.peer, line, why))
    out.text(`${formatLinkRefusal(why)}\n`)
    return REPLIED
  }

  #forbid(request: ClientRequest, what: string): Answer {
    return this.#refuse(request, request.authorization.whyNot(what))
  }

  #refuse({ connection, line, out }: ClientRequest, why: string): Answer {
    this.refusedLines += 1
    this.#parts.options.log.write(refusedEntry(connection.peer, line, why))
    writeRefusal(out, line)
    return REPLIED
  }
}

type Whatsat = Extract<Command, { kind: 'whatsat' }>
type NearCommand = Extract<Command, { kind: 'near' }>
