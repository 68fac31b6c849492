import { MINUS, SPACE, toBytes, ZERO, type ByteWriter } from './bytes.js'
import { pointIn, wholeIn } from './decimal.js'
import { MAX_REPORT_BYTES, reportIn, type Report, type ReportLine } from './report.js'
import { writeSkew, type Instant } from './time.js'

/** The kinds of statements: a report of generation 0, which is an `AT` line; a report of a later one; a forget. */
export const REPORT = 0
export const LATER_REPORT = 1
export const FORGET = 2

export type StatementKind = typeof REPORT | typeof LATER_REPORT | typeof FORGET

/**
 * What a server says of a client: where it is, or that what was reported so far is forgotten. A forget looks like a report whose position is
 * `-`, and its time is the time up to which it forgets.
 *
 * A client begins in generation 0. Forgetting everything opens a generation, whatever the times of the reports before. A generation is a time
 * itself, in whole seconds, later than what it makes forget. A statement of generation 0 that is a report is an `AT` line; any other has its
 * generation before the `AT`: `GENERATION 1764171861 AT Clark +0.2 kiwi +34.1-118.4 1764171862.5`.
 */
export interface Statement extends Report {
  readonly kind: StatementKind
  readonly generation: number
  /** Where the line begins, at `GENERATION` or at `AT`; `start` is that of the `AT`. */
  readonly lineStart: number
}

/** The name before a generation. */
export const GENERATION = 'GENERATION'

const HEAD = toBytes(`${GENERATION} `)

/** No generation has more digits, so that one can always be later than another. */
export const MAX_GENERATION_DIGITS = 15
const MAX_GENERATION = 10 ** MAX_GENERATION_DIGITS - 1

/** The most bytes of the line of a statement. */
export const MAX_STATEMENT_BYTES = MAX_REPORT_BYTES + HEAD.length + MAX_GENERATION_DIGITS + 1

/** Times after this, in the year 33658, open no generation as late as they are: they are nonsense, and the numbers of generations are limited. */
const LAST_TIME = 999_999_999_999

/** The digits of the time of a forget that comes before every report of its generation. */
const NO_TIME = Uint8Array.of(ZERO)
const EPOCH: Instant = { seconds: 0, nanoseconds: 0 }

/** What is to be forgotten, as a client or a person asks for it. */
export interface ForgetRequest {
  readonly bytes: Uint8Array
  readonly client: number
  readonly clientEnd: number
  /** Reports up to this time; all if it is undefined. */
  readonly until: ForgottenTime | undefined
}

/** The time up to which something is to be forgotten. */
export interface ForgottenTime {
  readonly start: number
  readonly end: number
  readonly instant: Instant
}

/** A report as a statement of generation 0. */
export function plainStatement(report: Report): Statement {
  const { bytes, start, client, position, time, end } = report
  return { bytes, start, client, position, time, end, kind: REPORT, generation: 0, lineStart: start }
}

/** A statement whose kind and fields are known, of the line from `line.start`. */
export function statementOf(line: Report, kind: StatementKind): Statement {
  if (kind === REPORT) return plainStatement(line)
  const { bytes, start: lineStart, client, position, time, end } = line
  const digits = lineStart + HEAD.length
  const start = bytes.indexOf(SPACE, digits) + 1
  const generation = wholeIn(bytes, digits, start - 1, MAX_GENERATION_DIGITS) as number
  return { bytes, start, client, position, time, end, kind, generation, lineStart }
}

/** The statement in a valid line. */
export function statementIn({ bytes, start, end }: ReportLine): Statement {
  if (bytes[start] !== HEAD[0]) return plainStatement(reportIn(bytes, start, end))
  const report = reportIn(bytes, bytes.indexOf(SPACE, start + HEAD.length) + 1, end)
  const isForget = isNowhere(bytes, report.position, report.time - 1)
  return statementOf({ ...report, start }, isForget ? FORGET : LATER_REPORT)
}

/** The whole line of a statement. */
export function lineOfStatement({ bytes, lineStart, end }: Statement): ReportLine {
  return { bytes, start: lineStart, end }
}

/** A statement as a record, whose line begins with the generation. */
export function recordOf(statement: Statement): Report {
  const { bytes, lineStart, client, position, time, end } = statement
  return { bytes, start: lineStart, client, position, time, end }
}

/** Whether a position is `-`, as that of a forget is. */
export function isNowhere(bytes: Uint8Array, position: number, positionEnd: number): boolean {
  return bytes[position] === MINUS && positionEnd === position + 1
}

/** Writes a report or a forget, as `kind` says, as a statement of a generation, which is not 0. */
export function writeLater(
  out: ByteWriter,
  report: Report,
  kind: typeof LATER_REPORT | typeof FORGET,
  generation: number,
): Statement {
  const lineStart = out.length
  writeGeneration(out, generation)
  const start = out.length
  out.copy(report.bytes, report.start, report.end)
  const shift = start - report.start
  return {
    bytes: out.bytes,
    start,
    client: report.client + shift,
    position: report.position + shift,
    time: report.time + shift,
    end: report.end + shift,
    kind,
    generation,
    lineStart,
  }
}

/** Writes the forget of a generation that the server with this `head` was asked for at `receivedAt`. */
export function writeForget(
  out: ByteWriter,
  { head, request, generation, receivedAt }: ForgetParts,
): Statement {
  const { bytes, client, clientEnd, until } = request
  const digits = until ? { bytes, ...until } : { bytes: NO_TIME, start: 0, end: 1 }
  const lineStart = out.length
  writeGeneration(out, generation)
  const start = out.length
  out.copy(head, 0, head.length)
  writeSkew(out, receivedAt, until?.instant ?? EPOCH, digits)
  out.byte(SPACE)
  const id = out.length
  out.copy(bytes, client, clientEnd)
  out.byte(SPACE)
  const position = out.length
  out.byte(MINUS)
  out.byte(SPACE)
  out.copy(digits.bytes, digits.start, digits.end)
  return {
    bytes: out.bytes,
    start,
    client: id,
    position,
    time: position + 2,
    end: out.length,
    kind: FORGET,
    generation,
    lineStart,
  }
}

/** What a forget consists of. */
export interface ForgetParts {
  /** See `reportHead`. */
  readonly head: Uint8Array
  readonly request: ForgetRequest
  readonly generation: number
  readonly receivedAt: Instant
}

/** The generation that forgets everything known of a client: later than what is held of it, and no earlier than the clock of the server. */
export function nextGeneration(held: Statement | undefined, now: Instant): number {
  if (!held) return now.seconds
  const later = Math.max(held.generation + 1, now.seconds, Math.min(roundedUp(held), LAST_TIME))
  return Math.min(later, MAX_GENERATION)
}

/**
 * Whether a report that has lost its generation, since a server of another program has passed it on, belongs to a generation: only if it is
 * later. So a report that was forgotten does not come back.
 */
export function isLaterThan(report: Report, generation: number): boolean {
  const seconds = roundedUp(report)
  return seconds > generation && seconds <= LAST_TIME
}

/** The time of a report in seconds, rounded up; Infinity if it has more digits than a double. */
function roundedUp({ bytes, time, end }: Report): number {
  const point = pointIn(bytes, time, end)
  let seconds = 0
  for (let at = time; at < point; at += 1) seconds = seconds * 10 + (bytes[at] as number) - ZERO
  for (let at = point + 1; at < end; at += 1) if (bytes[at] !== ZERO) return seconds + 1
  return seconds
}

function writeGeneration(out: ByteWriter, generation: number): void {
  out.copy(HEAD, 0, HEAD.length)
  out.text(String(generation))
  out.byte(SPACE)
}
