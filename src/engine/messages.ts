import { copyBytes, LF } from '../protocol/bytes.js'
import { parseCommand, type Command } from '../protocol/command.js'
import { LineReader } from '../protocol/lines.js'
import { NO_LINE, type Report, type ReportLine } from '../protocol/report.js'
import { scanReport, type ReportSpan } from '../protocol/report-scanner.js'
import { lineOfStatement, MAX_STATEMENT_BYTES, REPORT, type Statement } from '../protocol/statement.js'
import { HEADER_BYTES, parseHeader, writeHeader, type Header, type MessageKind } from './envelope.js'
import type { Purpose, Sealing } from './seal.js'
import { carrierOf, type Subjects } from './subjects.js'

/** A message as it is published. */
export interface Message {
  readonly subject: string
  readonly bytes: Uint8Array
}

/** A message that was received. */
export type Received =
  /** `report` is valid until the next message is read. */
  | {
      readonly kind: 'report'
      readonly carrier: string
      readonly header: Header
      readonly report: Report
    }
  /** So is `statement`. */
  | {
      readonly kind: 'statement'
      readonly carrier: string
      readonly header: Header
      readonly statement: Statement
    }
  /** It has no report: it is a heartbeat, or of a kind that only later versions know. */
  | { readonly kind: 'other'; readonly carrier: string; readonly header: Header }
  /** Messages were removed from the stream. */
  | { readonly kind: 'removed' }
  /** Only later versions know its format. */
  | { readonly kind: 'unknown' }
  /** It cannot be trusted or read, for this reason. */
  | { readonly kind: 'invalid'; readonly why: string }

export interface MessagesParts {
  readonly subjects: Subjects
  readonly carrier: string
  /** See `Header.start`. */
  readonly start: Uint8Array
  /** Undefined in a herd without a key. */
  readonly seal: Sealing | undefined
}

const UNKNOWN: Received = { kind: 'unknown' }

// One object serves all reports, since none is kept.
const span: ReportSpan = { bytes: new Uint8Array(0), start: 0, client: 0, position: 0, time: 0, end: 0 }

/** Makes the messages of one run of a carrier, and reads those of all carriers. */
export class Messages {
  readonly #parts: MessagesParts
  #number = 0

  constructor(parts: MessagesParts) {
    this.#parts = parts
  }

  /** The message with the newest statement about a client. Versions that know no forgets skip all but plain reports. */
  statement(statement: Statement): Message {
    const { bytes, client, position, kind } = statement
    const subject = this.#parts.subjects.ofClient(bytes.subarray(client, position - 1))
    return this.#make(kind === REPORT ? 'report' : 'statement', subject, lineOfStatement(statement))
  }

  /** A message that shows others what they have missed. */
  heartbeat(): Message {
    return this.#make('heartbeat', this.#parts.subjects.ownNotices, NO_BODY)
  }

  /** Reads a message. Nothing that a stranger can send makes it throw. */
  read(subject: string, message: Uint8Array): Received {
    const header = parseHeader(message)
    if (!header) return UNKNOWN
    const { kind, start } = header
    // It has no secret and does no harm: the stream is read again, but not often.
    if (kind === 'removed') return { kind }
    const carrier = carrierOf(subject)
    const opened = this.#open(message, header, { subject, carrier, start })
    if (typeof opened === 'string') return { kind: 'invalid', why: opened }
    if (kind === 'statement') {
      const command = commandIn(opened)
      if (command?.kind === 'statement') return { kind, carrier, header, statement: command.statement }
    } else if (kind === 'report') {
      const report = reportOf(opened)
      if (report) return { kind, carrier, header, report }
    } else return { kind: 'other', carrier, header }
    return { kind: 'invalid', why: `${carrier} has published a message that is no report` }
  }

  #make(kind: MessageKind, subject: string, line: ReportLine): Message {
    const { carrier, start, seal } = this.#parts
    const length = line.end - line.start
    const end = HEADER_BYTES + (length === 0 ? 0 : length + 1)
    const bytes = new Uint8Array(end + (seal?.overhead ?? 0))
    this.#number += 1
    writeHeader(bytes, { kind, isSealed: seal !== undefined, start, number: this.#number })
    if (length > 0) {
      copyBytes(line.bytes, line.start, line.end, bytes, HEADER_BYTES)
      bytes[end - 1] = LF
    }
    seal?.seal(bytes, end, { subject, carrier, start })
    return { subject, bytes }
  }

  /** The body of a message, or why it cannot be trusted. */
  #open(message: Uint8Array, { isSealed }: Header, purpose: Purpose): Uint8Array | string {
    const { seal } = this.#parts
    const { carrier } = purpose
    if (!isSealed) return seal ? `${carrier} publishes without a herd key` : message.subarray(HEADER_BYTES)
    if (!seal) return `${carrier} publishes with a herd key, and this server has none`
    return (
      seal.open(message, purpose) ??
      `${carrier} publishes with another herd key, or its messages were changed`
    )
  }
}

/** The report in the body of a message, valid as long as that; undefined if it has none. */
function reportOf(body: Uint8Array): Report | undefined {
  if (scanReport(span, body, 0, body.length) !== NO_LINE) return span
  // The scanner does not know every byte and every position that servers may send each other.
  const command = commandIn(body)
  return command?.kind === 'at' ? command.report : undefined
}

function commandIn(body: Uint8Array): Command | undefined {
  const lines = new LineReader(MAX_STATEMENT_BYTES)
  lines.push(body)
  return lines.next() ? parseCommand(lines) : undefined
}

const NO_BODY: ReportLine = { bytes: new Uint8Array(0), start: 0, end: 0 }
