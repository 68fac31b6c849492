import { SPACE, toText, ZERO } from './bytes.js'
import { NO_DECIMAL, pointIn, wholeIn } from './decimal.js'
import { fieldText, isNamed } from './line-fields.js'
import { lineOf, type Line } from './lines.js'
import { badPosition, badTime, fieldsOf, malformed, type Malformed } from './malformed.js'
import { isReportedPosition } from './position.js'
import { MAX_REPORT_BYTES, type Report } from './report.js'
import {
  FORGET,
  GENERATION,
  isNowhere,
  LATER_REPORT,
  MAX_GENERATION_DIGITS,
  type Statement,
} from './statement.js'
import { isSkew } from './time.js'

/** The number of fields of an `AT`, including its name. */
const AT_FIELDS = 6

/** The number of those of a statement with a generation. */
const FIELDS = 2 + AT_FIELDS

/** As many as microseconds since 1970 have until the year 2286. */
const MAX_COUNT_DIGITS = 16

/** A parsed line that has a report. */
export type ReportCommand =
  /** `count` orders the reports of one origin where its clock does not. */
  | { readonly kind: 'at'; readonly report: Report; readonly count: number | undefined }
  /** A report that was lost on its way before, so that other servers may lack it too. */
  | { readonly kind: 'late'; readonly report: Report }
  /** A statement that is no plain `AT`, with the same marks. */
  | {
      readonly kind: 'statement'
      readonly statement: Statement
      readonly isLate: boolean
      readonly count: number | undefined
    }
  | Malformed

type AtCommand = Extract<ReportCommand, { kind: 'at' }>

/** Parses an `AT` whose name is field `first` of the line. That of a forget has no position to check. */
export function parseAt(line: Line, first = 0, isForget = false): AtCommand | Malformed {
  if (line.fieldCount !== first + AT_FIELDS)
    return malformed(`AT takes a server, a skew, a client, a position and a time, not ${fieldsOf(line)}`)
  const { bytes } = line
  const position = line.fieldStart(first + 4)
  const time = line.fieldStart(first + 5)
  const end = line.fieldEnd(first + 5)
  if (!isSkew(bytes, line.fieldStart(first + 2), line.fieldEnd(first + 2)))
    return malformed(`skew "${fieldText(line, first + 2)}" is not a signed number of seconds`)
  if (!isForget && !isReportedPosition(bytes, position, line.fieldEnd(first + 4)))
    return badPosition(line, first + 4)
  if (pointIn(bytes, time, end) === NO_DECIMAL) return badTime(line, first + 5)
  if (!isNormalized(line, first)) return parseAt(lineOf(normalizedText(line, first)))
  const start = line.fieldStart(first)
  if (end - start > MAX_REPORT_BYTES) return malformed(`an AT has at most ${MAX_REPORT_BYTES} bytes`)
  return {
    kind: 'at',
    report: { bytes, start, client: line.fieldStart(first + 3), position, time, end },
    count: undefined,
  }
}

/** Parses `LATE AT …` in place: the report is the rest of the line. */
export function parseLate(line: Line): ReportCommand {
  const parsed = isNamed(line, 'AT', 1) ? parseAt(line, 1) : parseAfter(line, 1)
  if (parsed?.kind === 'at') return { kind: 'late', report: parsed.report }
  return parsed?.kind === 'statement' ? { ...parsed, isLate: true } : malformed('LATE takes a valid AT')
}

/** Parses an `AT` after the count of its report: `COUNT 1763929921123456 AT Clark …`. */
export function parseCounted(line: Line): ReportCommand {
  const parsed = isNamed(line, 'AT', 2) ? parseAt(line, 2) : parseAfter(line, 2)
  const count = wholeIn(line.bytes, line.fieldStart(1), line.fieldEnd(1), MAX_COUNT_DIGITS)
  if (!parsed || parsed.kind === 'malformed' || count === undefined)
    return malformed('COUNT takes a whole number and a valid AT')
  return { ...parsed, count }
}

/** Parses a statement that is no plain `AT`: `GENERATION 1764171861 AT Clark …`, where the position of a forget is `-`. */
export function parseGeneration(line: Line): ReportCommand {
  return parseStatement(line) ?? malformed('GENERATION takes a whole number and a valid AT')
}

type StatementCommand = Extract<ReportCommand, { kind: 'statement' }>

/** Parses the statement that begins with field `first`. A line has no offsets of so many fields. */
function parseAfter(line: Line, first: number): StatementCommand | undefined {
  if (!isNamed(line, GENERATION, first)) return undefined
  return parseStatement(lineOf(toText(line.bytes, line.fieldStart(first), line.end)))
}

function parseStatement(line: Line): StatementCommand | undefined {
  const { bytes } = line
  const [digits, digitsEnd] = [line.fieldStart(1), line.fieldEnd(1)]
  const generation = wholeIn(bytes, digits, digitsEnd, MAX_GENERATION_DIGITS)
  const isForget = line.fieldCount === FIELDS && isNowhere(line.bytes, line.fieldStart(6), line.fieldEnd(6))
  // Only one notation of a statement is valid, or two notations would be two statements, none of which wins.
  const isCanonical = generation === 0 ? isForget && digitsEnd === digits + 1 : bytes[digits] !== ZERO
  if (generation === undefined || !isCanonical || !isNormalized(line, 0, FIELDS)) return undefined
  const parsed = isNamed(line, 'AT', 2) ? parseAt(line, 2, isForget) : undefined
  if (parsed?.kind !== 'at') return undefined
  const kind = isForget ? FORGET : LATER_REPORT
  const statement = { ...parsed.report, kind, generation, lineStart: line.fieldStart(0) } as const
  return { kind: 'statement', statement, isLate: false, count: undefined }
}

/** Whether fields of a line, by default those of an `AT`, are separated by exactly one space. */
function isNormalized(line: Line, first: number, fields = AT_FIELDS): boolean {
  for (let index = first + 1; index < first + fields; index += 1) {
    const start = line.fieldStart(index)
    if (start !== line.fieldEnd(index - 1) + 1 || line.bytes[start - 1] !== SPACE) return false
  }
  return true
}

function normalizedText(line: Line, first: number): string {
  return Array.from({ length: AT_FIELDS }, (_, index) => fieldText(line, first + index)).join(' ')
}
