import { authWordOf, parseAuth, type AuthCommand } from './auth-line.js'
import { toText } from './bytes.js'
import { wholeIn } from './decimal.js'
import { parseGreeting, type Greeting } from './greeting.js'
import { fieldText, isNamed } from './line-fields.js'
import { lineOf, type Line } from './lines.js'
import { badPosition, badTime, fieldsOf, malformed, rangeFault, type Malformed } from './malformed.js'
import { parseMemory } from './memory-line.js'
import { geoPointIn, isPosition, type GeoPoint } from './position.js'
import { parseAt, parseCounted, parseGeneration, parseLate, type ReportCommand } from './report-command.js'
import type { Sighting } from './report.js'
import { MAX_SAMPLE, STATUS_REQUEST } from './status.js'
import { GENERATION, type ForgetRequest } from './statement.js'
import { parseSync, type SyncMessage } from './sync.js'
import { parseTime } from './time.js'
import { parseTree, type TreeMessage } from './tree.js'
import { parseWatch, type WatchCommand } from './watch-command.js'

const MAX_RADIUS_KM = 50
export const MAX_ITEMS = 20

/** Half the way round the earth, rounded up, so that the largest radius reaches every client. The time that a search takes depends on the items. */
export const MAX_NEAR_RADIUS_KM = 20_016

/** So many usual reports have 100 KB, and finding them takes about a millisecond. */
export const MAX_NEAR_ITEMS = 1_000

/** As many as a double holds exactly. */
const MAX_TOKEN_DIGITS = 15

/** As many as microseconds since 1970 have until the year 2286. */
const MAX_MICROSECOND_DIGITS = 16

/** White space of the protocol, at either end of a text. */
const WHITE_SPACE = /[\t\n\v\f\r ]+/
const OUTER_SPACE = /^[\t\n\v\f\r ]+|[\t\n\v\f\r ]+$/g

/** A parsed line. `why` is a message for people; like all wire text it is latin1, because it may quote the line. */
export type Command =
  | { readonly kind: 'iamat'; readonly sighting: Sighting }
  | {
      readonly kind: 'whatsat'
      readonly client: Uint8Array
      readonly radiusKm: number
      readonly items: number
    }
  /** Asks for the clients nearest to a point. */
  | { readonly kind: 'near'; readonly point: GeoPoint; readonly radiusM: number; readonly items: number }
  /** Asks for all that clients report from now on. */
  | WatchCommand
  /** Asks to forget a client. */
  | { readonly kind: 'forget'; readonly request: ForgetRequest }
  | ReportCommand
  | { readonly kind: 'greeting'; readonly greeting: Greeting }
  | { readonly kind: 'sync'; readonly message: SyncMessage }
  | { readonly kind: 'tree'; readonly message: TreeMessage }
  /** Why a neighbour refuses to link. */
  | { readonly kind: 'linkRefusal'; readonly why: string }
  /** What a neighbour supports beyond version 1 of the link protocol. */
  | { readonly kind: 'features'; readonly words: ReadonlySet<string> }
  /** A heartbeat of a neighbour, which wants the token back if there is one. */
  | { readonly kind: 'ping'; readonly token: number | undefined }
  /** The token comes back, perhaps with the neighbour's clock in microseconds since 1970. */
  | { readonly kind: 'pong'; readonly token: number; readonly clock: number | undefined }
  /** Whether the memory for reports of a neighbour is full. */
  | { readonly kind: 'memory'; readonly isFull: boolean }
  /** A tool asks for the status of the server, and for the reports of so many clients. */
  | { readonly kind: 'status'; readonly sample: number }
  | AuthCommand

/** Parses a line. Never throws: a peer's mistake is a value. The result is valid as long as the line is in memory. */
export function parseCommand(line: Line): Command {
  if (line.isOverlong) return malformed('the line is too long')
  if (line.fieldCount === 0) return malformed('the line is empty')
  // Nearly all lines are one of these two.
  if (isNamed(line, 'IAMAT')) return parseIamat(line)
  if (isNamed(line, 'AT')) return parseAt(line)
  // A server that was down receives hundreds of thousands of these.
  if (isNamed(line, 'LATE')) return parseLate(line)
  const name = fieldText(line, 0)
  switch (name) {
    case 'WHATSAT':
      return parseWhatsat(line)
    case 'NEAR':
      return parseNear(line)
    case 'WATCH':
      return parseWatch(line, MAX_NEAR_RADIUS_KM)
    case 'FORGET':
      return parseForget(line)
    case 'LINK': {
      const greeting = parseGreeting(fieldTexts(line))
      return greeting
        ? { kind: 'greeting', greeting }
        : malformed('LINK takes a version, two server names, an incarnation and a topology fingerprint')
    }
    case 'STATUS':
      return parseStatusRequest(line)
    default:
      return parseLinkLine(name, line)
  }
}

/** Parses a line that only linked servers send to each other. */
function parseLinkLine(name: string, line: Line): Command {
  switch (name) {
    case 'DIGEST':
    case 'BUCKETS':
    case 'HAVE':
    case 'WANT': {
      const message = parseSync(name, line)
      return message ? { kind: 'sync', message } : malformed(`${name} has invalid fields`)
    }
    case 'PRUNE':
    case 'GRAFT':
    case 'SEEN': {
      const message = parseTree(name, line)
      return message ? { kind: 'tree', message } : malformed(`${name} has invalid fields`)
    }
    case 'COUNT':
      return parseCounted(line)
    case GENERATION:
      return parseGeneration(line)
    case 'MEMORY': {
      const isFull = parseMemory(line)
      return isFull === undefined ? malformed('MEMORY is full or free') : { kind: 'memory', isFull }
    }
    case 'PING':
      return parsePing(line)
    case 'PONG':
      return parsePong(line)
    case 'FEATURES':
      return { kind: 'features', words: new Set(restOf(line).split(WHITE_SPACE)) }
    case 'NOLINK':
      return { kind: 'linkRefusal', why: restOf(line) }
    default:
      return authWordOf(line) === undefined ? unknown(name) : parseAuth(line)
  }
}

/** The index of the field with the client ID, judging by the number of fields; undefined if there is none. */
export function clientField(fieldCount: number): number | undefined {
  switch (fieldCount) {
    // WHATSAT and IAMAT.
    case 4:
      return 1
    // AT.
    case 6:
      return 3
    // LATE.
    case 7:
      return 4
    // GENERATION and COUNT.
    case 8:
      return 5
    default:
      return undefined
  }
}

/** Parses a line of latin1 text, without its line end. */
export function parseText(text: string): Command {
  return parseCommand(lineOf(text))
}

function parseIamat(line: Line): Command {
  if (line.fieldCount !== 4)
    return malformed(`IAMAT takes a client, a position and a time, not ${fieldsOf(line)}`)
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
    return malformed(`WHATSAT takes a client, a radius and a number of items, not ${fieldsOf(line)}`)
  const fault = rangeFault(line, MAX_RADIUS_KM, MAX_ITEMS)
  if (fault) return fault
  // Not `slice`, which makes no copy of the bytes that Node's sockets give.
  const client = new Uint8Array(line.bytes.subarray(line.fieldStart(1), line.fieldEnd(1)))
  return { kind: 'whatsat', client, radiusKm: Number(fieldText(line, 2)), items: Number(fieldText(line, 3)) }
}

function parseForget(line: Line): Command {
  const { bytes, fieldCount } = line
  if (fieldCount !== 2 && fieldCount !== 3)
    return malformed(`FORGET takes a client, and a time or none, not ${fieldsOf(line)}`)
  const [client, clientEnd] = [line.fieldStart(1), line.fieldEnd(1)]
  if (fieldCount === 2) return { kind: 'forget', request: { bytes, client, clientEnd, until: undefined } }
  const [start, end] = [line.fieldStart(2), line.fieldEnd(2)]
  const instant = parseTime(bytes, start, end)
  if (!instant) return badTime(line, 2)
  return { kind: 'forget', request: { bytes, client, clientEnd, until: { start, end, instant } } }
}

function parseNear(line: Line): Command {
  if (line.fieldCount !== 4)
    return malformed(`NEAR takes a position, a radius and a number of items, not ${fieldsOf(line)}`)
  const { bytes } = line
  const [start, end] = [line.fieldStart(1), line.fieldEnd(1)]
  if (!isPosition(bytes, start, end)) return badPosition(line, 1)
  const fault = rangeFault(line, MAX_NEAR_RADIUS_KM, MAX_NEAR_ITEMS)
  if (fault) return fault
  const radiusM = 1_000 * Number(fieldText(line, 2))
  return { kind: 'near', point: geoPointIn(bytes, start, end), radiusM, items: Number(fieldText(line, 3)) }
}

/** Parses `STATUS proxyherd`, perhaps with the number of clients that the status is to name. */
function parseStatusRequest(line: Line): Command {
  const [program, wanted = '0', ...more] = fieldTexts(line)
  if (`STATUS ${program}` !== STATUS_REQUEST || more.length > 0) return unknown('STATUS')
  const sample = /^[0-9]{1,3}$/.test(wanted) ? Number(wanted) : Infinity
  if (sample <= MAX_SAMPLE) return { kind: 'status', sample }
  return malformed(`number of clients "${wanted}" is not a whole number from 0 to ${MAX_SAMPLE}`)
}

function parsePing(line: Line): Command {
  if (line.fieldCount === 1) return { kind: 'ping', token: undefined }
  const token = line.fieldCount === 2 ? tokenIn(line) : undefined
  return token === undefined ? malformed('PING takes a whole number') : { kind: 'ping', token }
}

function parsePong(line: Line): Command {
  const hasClock = line.fieldCount === 3
  const token = hasClock || line.fieldCount === 2 ? tokenIn(line) : undefined
  const clock = hasClock
    ? wholeIn(line.bytes, line.fieldStart(2), line.fieldEnd(2), MAX_MICROSECOND_DIGITS)
    : undefined
  if (token === undefined || (hasClock && clock === undefined))
    return malformed('PONG takes a whole number, and perhaps a time in microseconds')
  return { kind: 'pong', token, clock }
}

function tokenIn(line: Line): number | undefined {
  return wholeIn(line.bytes, line.fieldStart(1), line.fieldEnd(1), MAX_TOKEN_DIGITS)
}

/** The text after the name, without white space at its ends. */
function restOf(line: Line): string {
  return toText(line.bytes, line.fieldEnd(0), line.end).replace(OUTER_SPACE, '')
}

/** The fields after the name, up to the eighth field of the line. */
function fieldTexts(line: Line): string[] {
  return Array.from({ length: Math.min(line.fieldCount, 8) - 1 }, (_, index) => fieldText(line, index + 1))
}

function unknown(name: string): Malformed {
  return { ...malformed(`unknown command "${name}"`), unknown: name }
}
