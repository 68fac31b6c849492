import type { Flood } from '../flood/flood.js'
import { readLine, type ReadLine } from '../link/dialects.js'
import { normalReport } from '../link/normal-report.js'
import { isRoundedCopy, mayBeRounded } from '../link/rounded-copy.js'
import type { Answer } from '../net/session.js'
import { parseCommand } from '../protocol/command.js'
import { textOf, type Line } from '../protocol/lines.js'
import { compareReports } from '../protocol/merge.js'
import { clientOf, originOf, type Report } from '../protocol/report.js'
import { FORGET } from '../protocol/statement.js'
import type { ClassicLink } from './classic-link.js'
import type { AdmittedConnection } from './connection-guard.js'
import type { Links } from './links.js'
import type { ServerOptions } from './server-options.js'
import type { Tick } from './tick.js'

export interface ClassicInputParts {
  readonly options: Pick<ServerOptions, 'name' | 'servers' | 'clock'> & { readonly tick: Pick<Tick, 'due'> }
  readonly flood: Flood
  readonly links: Pick<Links, 'classics' | 'undecided' | 'learn'>
  /** The neighbours that may have made this connection, judging by its address; undefined for all. */
  readonly neighbours: () => readonly string[] | undefined
  /** Whether clients have the same address. */
  readonly isShared: boolean
}

const SILENCE: Answer = { kind: 'silence' }
const STORM: Answer = { kind: 'close', why: 'it is held off because of a storm' }

/** A position within a line, in the notations of all dialects. */
const POSITION = /[+-]?[0-9.]+,?[+-][0-9.]+/

/** A client's command. */
const CLIENT = /^[\t ]*(?:IAMAT|WHATSAT|NEAR|FORGET|STATUS)[\t ]/

/** The names of visited servers, which some herds send as a second line, or the empty line behind a line that ends twice. */
const NAMES = /^[\w .,'[\]-]*$/

/** The lines of a connection that a classic server may have made. */
export class ClassicInput {
  readonly #parts: ClassicInputParts
  /** What has made the connection, as far as its lines show. */
  #peer: 'unknown' | 'client' | 'server' = 'unknown'

  constructor(parts: ClassicInputParts) {
    this.#parts = parts
  }

  /** The idle time after which an unterminated line counts, if there is one. */
  get unterminatedMs(): number | undefined {
    const times = this.#classics.flatMap(({ dialect }) => dialect?.unterminatedMs ?? [])
    return times.length === 0 ? undefined : Math.max(...times)
  }

  /** Whether a line of a neighbour whose lines may be unterminated is complete. */
  isWhole(line: string): boolean {
    return this.#classics.some(
      ({ dialect }) => dialect?.unterminatedMs !== undefined && dialect.read(line) !== undefined,
    )
  }

  /** Whether the neighbour is held off because of a storm. */
  get isHeld(): boolean {
    return this.#classics.some(({ isHeld }) => isHeld)
  }

  /** Executes a line that a classic server has sent. Returns undefined for a line that is, or may be, of a client. */
  take(line: Line): Answer | undefined {
    if (this.#isClient) return undefined
    const links = this.#classics
    if (links.length === 0) return undefined
    const command = parseCommand(line)
    if (command.kind !== 'at' && command.kind !== 'malformed') {
      this.#peer = 'client'
      return undefined
    }
    const text = textOf(line)
    const used = links.flatMap(({ dialect }) => dialect ?? [])
    const read = readLine(text, used, this.#isServer)
    return (read && this.#receive(read, line, links)) ?? this.#unread(text, links)
  }

  /**
   * Executes a line of a server that may be classic, before that is known. Only a report in another form that names its origin, another server
   * of the herd, cannot be of a client. Returns undefined for all other lines.
   */
  takeEarly(line: Line): Answer | undefined {
    if (this.#isClient || this.#areAllDecided) return undefined
    const { kind } = parseCommand(line)
    if (kind === 'at') return undefined
    const answer = kind === 'malformed' ? this.#receiveEarly(textOf(line)) : undefined
    this.#peer = answer ? 'server' : 'client'
    return answer
  }

  #receiveEarly(text: string): Answer | undefined {
    if (this.#peer === 'server' && NAMES.test(text)) return SILENCE
    const read = readLine(text, [], this.#isServer)
    if (!read) return undefined
    const { options, flood, links } = this.#parts
    const command = normalReport(read.fields, { from: options.name, at: options.clock() })
    if (command.kind !== 'at') return undefined
    const origin = originOf(command.report)
    if (origin === options.name || !options.servers.has(origin)) return undefined
    const isNews = !this.#isCopy(command.report) && flood.receive(command.report)
    if (isNews) links.learn(read.fields.sender ?? origin, read.dialect)
    options.tick.due()
    return SILENCE
  }

  get #classics(): readonly ClassicLink[] {
    return this.#parts.links.classics(this.#parts.neighbours)
  }

  /** Whether it is known of all neighbours at this address what they are. */
  get #areAllDecided(): boolean {
    return this.#parts.links.undecided(this.#parts.neighbours).length === 0
  }

  /** Whether only a client can have made the connection. */
  get #isClient(): boolean {
    return this.#peer === 'client' && this.#parts.isShared
  }

  readonly #isServer = (name: string): boolean => this.#parts.options.servers.has(name)

  /** Merges the report of a line. Returns undefined if it cannot be one. */
  #receive({ dialect, fields }: ReadLine, line: Line, links: readonly ClassicLink[]): Answer | undefined {
    const { options, flood } = this.#parts
    const [only] = links.length === 1 && this.#areAllDecided ? links : []
    const command = normalReport(fields, {
      from: (links[0] as ClassicLink).neighbour,
      at: options.clock(),
    })
    if (command.kind !== 'at') return undefined
    this.#peer = 'server'
    const { report } = command
    const certain = only ?? find(links, fields.sender)
    // The origin has the report, whichever server has sent it here.
    const from = certain ?? find(links, originOf(report))
    from?.heard(line)
    const isNews = !this.#isCopy(report) && flood.receive(report, from?.neighbour)
    // A server that passes on a report of another one may use another dialect, but then it is seldom the first.
    if (certain ?? isNews) (certain ?? from)?.learn(dialect)
    if (!from && isNews) this.#parts.links.learn(fields.sender ?? originOf(report), dialect)
    const senders = from ? [from] : links
    if (!isNews) for (const link of senders) link.repeated(report)
    options.tick.due()
    return senders.some(({ isHeld }) => isHeld) ? STORM : SILENCE
  }

  /** Whether a report would replace its own original, or what was forgotten of it. */
  #isCopy(report: Report): boolean {
    const held = this.#parts.flood.statementAbout(clientOf(report))
    if (!held || compareReports(report, held) <= 0) return false
    return held.kind === FORGET ? mayBeRounded(report, held) : isRoundedCopy(report, held)
  }

  #unread(text: string, links: readonly ClassicLink[]): Answer | undefined {
    if (this.#peer === 'server' && NAMES.test(text)) return SILENCE
    const named = links.filter(({ neighbour }) => text.includes(neighbour))
    const isReport = POSITION.test(text) && named.length > 0 && !CLIENT.test(text)
    if (this.#peer !== 'server' && !isReport) {
      this.#peer = 'client'
      return undefined
    }
    this.#peer = 'server'
    for (const link of named.length > 0 ? named : links) link.unread()
    return SILENCE
  }
}

function find(links: readonly ClassicLink[], neighbour: string | undefined): ClassicLink | undefined {
  return links.find((link) => link.neighbour === neighbour)
}

/** What reads the lines of a connection that a classic neighbour may have made. */
export function classicInputOf(
  { connection, trust, neighbours, isLocal }: AdmittedConnection,
  options: ClassicInputParts['options'],
  flood: Flood,
  links: ClassicInputParts['links'],
): ClassicInput | undefined {
  if (trust.kind === 'client') return undefined
  const input = new ClassicInput({ options, flood, links, neighbours, isShared: isLocal })
  const { unterminatedMs } = input
  if (unterminatedMs !== undefined) connection.endWhenIdle(unterminatedMs, (line) => input.isWhole(line))
  return input
}
