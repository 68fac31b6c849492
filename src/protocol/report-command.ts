import { SPACE } from './bytes.js'
import { NO_DECIMAL, pointIn, wholeIn } from './decimal.js'
import { fieldText, isNamed } from './line-fields.js'
import { lineOf, type Line } from './lines.js'
import { badPosition, badTime, fieldsOf, malformed, type Malformed } from './malformed.js'
import { isReportedPosition } from './position.js'
import { MAX_REPORT_BYTES, type Report } from './report.js'
import { isSkew } from './time.js'

/** The number of fields of an `AT`, including its name. */
const AT_FIELDS = 6

/** As many as microseconds since 1970 have until the year 2286. */
const MAX_COUNT_DIGITS = 16

/** A parsed line that has a report. */
export type ReportCommand =
  /** `count` orders the reports of one origin where its clock does not. */
  | { readonly kind: 'at'; readonly report: Report; readonly count: number | undefined }
  /** A report that was lost on its way before, so that other servers may lack it too. */
  | { readonly kind: 'late'; readonly report: Report }
  | Malformed

/** Parses an `AT` whose name is field `first` of the line, after `LATE` or a count. */
export function parseAt(line: Line, first = 0): ReportCommand {
  if (line.fieldCount !== first + AT_FIELDS)
    return malformed(`AT takes a server, a skew, a client, a position and a time, not ${fieldsOf(line)}`)
  const { bytes } = line
  const position = line.fieldStart(first + 4)
  const time = line.fieldStart(first + 5)
  const end = line.fieldEnd(first + 5)
  if (!isSkew(bytes, line.fieldStart(first + 2), line.fieldEnd(first + 2)))
    return malformed(`skew "${fieldText(line, first + 2)}" is not a signed number of seconds`)
  if (!isReportedPosition(bytes, position, line.fieldEnd(first + 4))) return badPosition(line, first + 4)
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
  const parsed = isNamed(line, 'AT', 1) ? parseAt(line, 1) : undefined
  return parsed?.kind === 'at' ? { kind: 'late', report: parsed.report } : malformed('LATE takes a valid AT')
}

/** Parses an `AT` after the count of its report: `COUNT 1763929921123456 AT Clark …`. */
export function parseCounted(line: Line): ReportCommand {
  const parsed = isNamed(line, 'AT', 2) ? parseAt(line, 2) : undefined
  const count = wholeIn(line.bytes, line.fieldStart(1), line.fieldEnd(1), MAX_COUNT_DIGITS)
  if (parsed?.kind !== 'at' || count === undefined)
    return malformed('COUNT takes a whole number and a valid AT')
  return { ...parsed, count }
}

/** Whether the fields of an `AT` are separated by exactly one space. */
function isNormalized(line: Line, first: number): boolean {
  for (let index = first + 1; index < first + AT_FIELDS; index += 1) {
    const start = line.fieldStart(index)
    if (start !== line.fieldEnd(index - 1) + 1 || line.bytes[start - 1] !== SPACE) return false
  }
  return true
}

function normalizedText(line: Line, first: number): string {
  return Array.from({ length: AT_FIELDS }, (_, index) => fieldText(line, first + index)).join(' ')
}
