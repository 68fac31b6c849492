import { MINUS, PLUS, SPACE, spells, toText } from './bytes.js'
import { endAtMost, NO_DECIMAL, pointIn } from './decimal.js'
import { parseGreeting, type Greeting } from './greeting.js'
import { lineOf, type Line } from './lines.js'
import { isPosition, MAX_LATITUDE, MAX_LONGITUDE } from './position.js'
import { MAX_REPORT_BYTES, type Report, type Sighting } from './report.js'
import { STATUS_REQUEST } from './status.js'
import { parseSync, type SyncMessage } from './sync.js'
import { parseTime } from './time.js'
import { parseTree, type TreeMessage } from './tree.js'

export const MAX_RADIUS_KM = 50
export const MAX_ITEMS = 20

/** What a line on the wire asks of a server. `why` is in words for a person; like all wire text it is latin1, since it may quote. */
export type Command =
  | { readonly kind: 'iamat'; readonly sighting: Sighting }
  | { readonly kind: 'whatsat'; readonly client: Buffer; readonly radiusKm: number; readonly items: number }
  | { readonly kind: 'at'; readonly report: Report }
  /** A report that had got lost on its way, so that others may lack it too. */
  | { readonly kind: 'late'; readonly report: Report }
  | { readonly kind: 'greeting'; readonly greeting: Greeting }
  | { readonly kind: 'sync'; readonly message: SyncMessage }
  | { readonly kind: 'tree'; readonly message: TreeMessage }
  /** A neighbour is alive. */
  | { readonly kind: 'ping' }
  /** A person's tool asks how the server stands. */
  | { readonly kind: 'status' }
  | Malformed

export interface Malformed {
  readonly kind: 'malformed'
  readonly why: string
}

/** Reads a line. Never throws: what a peer gets wrong is a value. What it gives is valid as long as the line is in memory. */
export function parseCommand(line: Line): Command {
  if (line.isOverlong) return malformed('the line is too long')
  if (line.fieldCount === 0) return malformed('an empty line is no command')
  // By far the most lines are of these two.
  if (isNamed(line, 'IAMAT')) return parseIamat(line)
  if (isNamed(line, 'AT')) return parseAt(line)
  const name = fieldText(line, 0)
  switch (name) {
    case 'WHATSAT':
      return parseWhatsat(line)
    case 'LINK': {
      const greeting = parseGreeting(fieldTexts(line))
      return greeting ? { kind: 'greeting', greeting } : malformed('this LINK is no greeting')
    }
    case 'DIGEST':
    case 'BUCKETS':
    case 'HAVE':
    case 'WANT': {
      const message = parseSync(name, line)
      return message ? { kind: 'sync', message } : malformed(`this ${name} is not what servers compare`)
    }
    case 'PRUNE':
    case 'GRAFT':
    case 'SEEN': {
      const message = parseTree(name, line)
      return message ? { kind: 'tree', message } : malformed(`this ${name} is not what linked servers say`)
    }
    case 'LATE': {
      const rest = parseText(toText(line.bytes, line.fieldEnd(0), line.end))
      return rest.kind === 'at' ? { kind: 'late', report: rest.report } : malformed('this LATE is no AT')
    }
    case 'PING':
      return line.fieldCount === 1 ? { kind: 'ping' } : malformed('PING takes no fields')
    case 'STATUS':
      return [name, ...fieldTexts(line)].join(' ') === STATUS_REQUEST ? { kind: 'status' } : unknown(name)
    default:
      return unknown(name)
  }
}

/** Which field of a command names a client, to go by how many fields it has; undefined if none does. */
export function clientField(fieldCount: number): number | undefined {
  // Of WHATSAT and IAMAT; of AT.
  return fieldCount === 4 ? 1 : fieldCount === 6 ? 3 : undefined
}

/** Reads a line of latin1 text, without its line end. */
export function parseText(text: string): Command {
  return parseCommand(lineOf(text))
}

function parseIamat(line: Line): Command {
  if (line.fieldCount !== 4)
    return malformed(`IAMAT takes a client, a position and a time, not ${count(line)}`)
  const { bytes } = line
  const position = line.fieldStart(2)
  const positionEnd = line.fieldEnd(2)
  if (!isPosition(bytes, position, positionEnd)) return badPosition(line, 2)
  const time = line.fieldStart(3)
  const timeEnd = line.fieldEnd(3)
  const instant = parseTime(bytes, time, timeEnd)
  if (!instant) return badTime(line, 3)
  const client = line.fieldStart(1)
  const clientEnd = line.fieldEnd(1)
  return {
    kind: 'iamat',
    sighting: { bytes, client, clientEnd, position, positionEnd, time, timeEnd, instant },
  }
}

function parseWhatsat(line: Line): Command {
  if (line.fieldCount !== 4)
    return malformed(`WHATSAT takes a client, a radius and a number of items, not ${count(line)}`)
  if (!isDecimalUpTo(line, 2, MAX_RADIUS_KM))
    return malformed(`"${fieldText(line, 2)}" is no radius from 0 to ${MAX_RADIUS_KM} km`)
  const [radius, items] = [fieldText(line, 2), fieldText(line, 3)]
  if (!isDecimalUpTo(line, 3, MAX_ITEMS) || items.includes('.'))
    return malformed(`"${items}" is no whole number from 0 to ${MAX_ITEMS}`)
  const client = Buffer.from(line.bytes.subarray(line.fieldStart(1), line.fieldEnd(1)))
  return { kind: 'whatsat', client, radiusKm: Number(radius), items: Number(items) }
}

function parseAt(line: Line): Command {
  if (line.fieldCount !== 6)
    return malformed(`AT takes a server, a skew, a client, a position and a time, not ${count(line)}`)
  const { bytes } = line
  if (!isSkew(bytes, line.fieldStart(2), line.fieldEnd(2)))
    return malformed(`"${fieldText(line, 2)}" is no signed number of seconds`)
  if (!isPosition(bytes, line.fieldStart(4), line.fieldEnd(4))) return badPosition(line, 4)
  if (pointIn(bytes, line.fieldStart(5), line.fieldEnd(5)) === NO_DECIMAL) return badTime(line, 5)
  return isTidy(line) ? tidyAt(line) : parseText(tidyText(line))
}

/** Whether there is one space between the fields, and nothing else before, between or behind them. */
function isTidy(line: Line): boolean {
  for (let index = 1; index < 6; index += 1) {
    const start = line.fieldStart(index)
    if (start !== line.fieldEnd(index - 1) + 1 || line.bytes[start - 1] !== SPACE) return false
  }
  return line.fieldStart(0) === line.start && line.fieldEnd(5) === line.end
}

function tidyText(line: Line): string {
  return Array.from({ length: 6 }, (_, index) => fieldText(line, index)).join(' ')
}

function tidyAt(line: Line): Command {
  const { bytes, start, end } = line
  if (end - start > MAX_REPORT_BYTES) return malformed(`an AT has no more than ${MAX_REPORT_BYTES} bytes`)
  const client = line.fieldStart(3)
  const position = line.fieldStart(4)
  const time = line.fieldStart(5)
  return { kind: 'at', report: { bytes, start, client, position, time, end } }
}

function isSkew(bytes: Buffer, start: number, end: number): boolean {
  return (bytes[start] === PLUS || bytes[start] === MINUS) && pointIn(bytes, start + 1, end) !== NO_DECIMAL
}

function isDecimalUpTo(line: Line, field: number, limit: number): boolean {
  const [start, end] = [line.fieldStart(field), line.fieldEnd(field)]
  return endAtMost(line.bytes, start, end, limit) === end
}

function isNamed(line: Line, name: string): boolean {
  return spells(line.bytes, line.fieldStart(0), line.fieldEnd(0), name)
}

function fieldText(line: Line, field: number): string {
  return toText(line.bytes, line.fieldStart(field), line.fieldEnd(field))
}

/** The fields after the name, of the first eight. */
function fieldTexts(line: Line): string[] {
  return Array.from({ length: Math.min(line.fieldCount, 8) - 1 }, (_, index) => fieldText(line, index + 1))
}

function unknown(name: string): Malformed {
  return malformed(`there is no command "${name}"`)
}

function malformed(why: string): Malformed {
  return { kind: 'malformed', why }
}

function badPosition(line: Line, field: number): Malformed {
  return malformed(
    `"${fieldText(line, field)}" is no position such as +34.06-118.44, within ${MAX_LATITUDE} and ${MAX_LONGITUDE} degrees`,
  )
}

function badTime(line: Line, field: number): Malformed {
  return malformed(`"${fieldText(line, field)}" is no POSIX time such as 1621464827.959498503`)
}

function count({ fieldCount }: Line): string {
  return fieldCount === 2 ? '1 field' : `${fieldCount - 1} fields`
}
