import type { Flood } from '../flood/flood.js'
import type { Connection } from '../net/connection.js'
import type { Answer } from '../net/session.js'
import { LF, toBytes, toText, type ByteWriter } from '../protocol/bytes.js'
import { parseCommand, type Command } from '../protocol/command.js'
import { formatLinkRefusal, type Greeting } from '../protocol/greeting.js'
import { lineOf, textOf, type Line } from '../protocol/lines.js'
import { parsePosition, type Position } from '../protocol/position.js'
import { writeRefusal } from '../protocol/refusal.js'
import { reportHead, writeReport, type Sighting } from '../protocol/report.js'
import { formatStatus, type ServerStatus } from '../protocol/status.js'
import { instantOf, isMoreThan, type Instant } from '../protocol/time.js'
import { Counter } from './counter.js'
import type { Trust } from './door.js'
import { refusedEntry } from '../log/wire-log.js'
import type { Links } from './links.js'
import type { ReportStore, ServerOptions } from './server-options.js'

/** A line of a client, and what is needed to answer it. */
export interface Asked {
  readonly who: string
  readonly line: Line
  /** The connection, if the line is the first on it: only then can it become a link. */
  readonly fresh: Connection | undefined
  /** Takes the reply. */
  readonly out: ByteWriter
}

export interface AnswersParts {
  readonly options: ServerOptions
  readonly flood: Flood
  readonly links: Links
  /** What keeps reports on disk, once it is open. */
  readonly store: () => ReportStore | undefined
  readonly status: () => ServerStatus
  /** A connection that is not trusted has greeted in the name of a server. */
  readonly strangerGreeted: (server: string) => void
}

const REPLIED: Answer = { kind: 'reply' }
const SILENCE: Answer = { kind: 'silence' }

/** Whether a line is served although all slots for clients are taken: a greeting that opens a link, or a question for the status. */
export function isForReserve(line: Line, isFirst: boolean): boolean {
  const { kind } = parseCommand(line)
  return kind === 'status' || (kind === 'greeting' && isFirst)
}

/** What a server answers its clients. */
export class Answers {
  readonly #parts: AnswersParts
  /** What its reports begin with. */
  readonly #head: Buffer
  // One reading of the clock for all that comes in one turn.
  #now: Instant | undefined
  readonly #counter = new Counter()
  /** The count of the reports of this turn, where it is not what their time of arrival says. */
  #count: number | undefined

  constructor(parts: AnswersParts) {
    this.#parts = parts
    this.#head = reportHead(parts.options.name)
  }

  /** The turn is over: what comes next comes later. */
  turnOver(): void {
    this.#now = undefined
  }

  /** Carries out what is asked, as far as the asker is trusted. */
  answer(trust: Trust, asked: Asked): Answer {
    const command = parseCommand(asked.line)
    const { kind } = command
    if (trust.kind === 'client' && kind === 'greeting') {
      // Most likely a neighbour that has moved; when it dials again, its new address may be known.
      this.#parts.strangerGreeted(command.greeting.from)
      return this.#refuseLink(asked, trust.why)
    }
    if (trust.kind === 'client' && (kind === 'at' || kind === 'status')) return this.#refuse(asked, trust.why)
    return this.#answer(asked, command)
  }

  #answer(asked: Asked, command: Command): Answer {
    switch (command.kind) {
      case 'iamat':
        return this.#iamat(asked, command.sighting)
      case 'whatsat':
        return this.#whatsat(asked, command)
      case 'at':
        this.#parts.flood.receive(command.report, undefined, command.count)
        this.#parts.options.tick.due()
        // Only servers send this, and one that is not proxyherd may have come back just now.
        if (asked.fresh) this.#parts.links.dial()
        return SILENCE
      case 'greeting':
        return this.#greeting(asked, command.greeting)
      case 'status':
        return this.#status(asked)
      case 'late':
      case 'sync':
      case 'tree':
      case 'linkRefusal':
      case 'features':
      case 'ping':
      case 'pong':
        return this.#refuse(asked, 'this is what linked servers say to each other')
      case 'malformed':
        return this.#refuse(asked, command.why)
    }
  }

  #status({ out }: Asked): Answer {
    const { options, status } = this.#parts
    if (options.slices.areHashed) {
      out.text(`${formatStatus(status())}\n`)
      return REPLIED
    }
    const reply = options.slices.hashed().then(() => toBytes(`${formatStatus(status())}\n`))
    return { kind: 'later', reply }
  }

  #greeting(asked: Asked, greeting: Greeting): Answer {
    const { fresh } = asked
    if (!fresh) return this.#refuse(asked, 'only a link begins with this')
    const fit = this.#parts.links.admit(greeting)
    if (fit.kind === 'misfit') return this.#refuseLink(asked, fit.why)
    const become = (): void => {
      fit.link.accept(fresh, greeting)
    }
    return { kind: 'link', become }
  }

  #iamat(asked: Asked, sighting: Sighting): Answer {
    const { maxFutureSeconds, commitsFirst = false } = this.#parts.options
    const now = this.#readClock()
    if (maxFutureSeconds > 0 && isMoreThan(maxFutureSeconds, sighting.instant, now))
      return this.#refuse(asked, `its time is more than ${maxFutureSeconds} s ahead of the server's clock`)
    const { out } = asked
    const start = out.length
    const report = writeReport(out, this.#head, sighting, now)
    this.#parts.flood.receive(report, undefined, this.#count)
    out.byte(LF)
    // Also what is not news waits: for the newer one that it gives way to, and that may not be on disk yet.
    const store = commitsFirst ? this.#parts.store() : undefined
    if (!store) return REPLIED
    const reply = Buffer.from(out.bytes.subarray(start, out.length))
    out.length = start
    return { kind: 'later', reply: this.#onceCommitted(store, reply, asked) }
  }

  // It is in memory and on its way to the neighbours all the same; but what was promised is that it is on disk.
  async #onceCommitted(store: ReportStore, reply: Buffer, { who, line }: Asked): Promise<Buffer> {
    const copy = lineOf(textOf(line))
    if (await store.committed()) return reply
    this.#parts.options.log.write(refusedEntry(who, copy, 'it could not be written to disk'))
    return toBytes(`? ${textOf(copy)}\n`)
  }

  #whatsat(asked: Asked, { client, radiusKm, items }: Whatsat): Answer {
    const report = this.#parts.flood.get(client)
    if (!report) return this.#refuse(asked, 'no server of the herd has heard of this client')
    const { bytes, start, end } = report
    const line = toText(bytes, start, end)
    const position = parsePosition(toText(bytes, report.position, report.time - 1)) as Position
    const reply = this.#parts.options.places
      .find({ position, radiusKm }, items)
      .then((places) => toBytes(`${line}\n${places}\n\n`))
    return { kind: 'later', reply }
  }

  // Not with "? ", or the neighbour would take us for another kind of server.
  #refuseLink({ who, line, out }: Asked, why: string): Answer {
    this.#parts.options.log.write(refusedEntry(who, line, why))
    out.text(`${formatLinkRefusal(why)}\n`)
    return REPLIED
  }

  #refuse({ who, line, out }: Asked, why: string): Answer {
    this.#parts.options.log.write(refusedEntry(who, line, why))
    writeRefusal(out, line)
    return REPLIED
  }

  #readClock(): Instant {
    const { tick, clock } = this.#parts.options
    // At the end of the turn the reading is forgotten.
    if (this.#now) return this.#now
    tick.due()
    this.#now = instantOf(clock())
    this.#count = this.#counter.next(this.#now)
    return this.#now
  }
}

type Whatsat = Extract<Command, { kind: 'whatsat' }>
