import { isAtMost, parseDecimal } from './decimal.js'
import { fieldsOf } from './fields.js'
import { parseGreeting, type Greeting } from './greeting.js'
import { MAX_LATITUDE, MAX_LONGITUDE, parsePosition } from './position.js'
import { makeReport, type Report, type Sighting } from './report.js'
import { STATUS_REQUEST } from './status.js'
import { parseSync, type SyncMessage } from './sync.js'
import { parseTime } from './time.js'

export const MAX_RADIUS_KM = 50
export const MAX_ITEMS = 20

/** What a line on the wire asks of a server. `why` is in words for a person; like all wire text it is latin1, since it may quote. */
export type Command =
  | ({ readonly kind: 'iamat' } & Sighting)
  | { readonly kind: 'whatsat'; readonly client: string; readonly radiusKm: number; readonly items: number }
  | { readonly kind: 'at'; readonly report: Report }
  | { readonly kind: 'greeting'; readonly greeting: Greeting }
  | { readonly kind: 'sync'; readonly message: SyncMessage }
  /** A neighbour is alive. */
  | { readonly kind: 'ping' }
  /** A person's tool asks how the server stands. */
  | { readonly kind: 'status' }
  | Malformed

export interface Malformed {
  readonly kind: 'malformed'
  readonly why: string
}

/** Reads one line without its line end. Never throws: what a peer gets wrong is a value. */
export function parseCommand(line: string): Command {
  const [name, ...fields] = fieldsOf(line)
  switch (name) {
    case 'IAMAT':
      return parseIamat(fields)
    case 'WHATSAT':
      return parseWhatsat(fields)
    case 'AT':
      return parseAt(fields)
    case 'LINK':
      return parseLink(fields)
    case 'DIGEST':
    case 'BUCKETS':
    case 'HAVE':
    case 'WANT': {
      const message = parseSync(name, fields)
      return message ? { kind: 'sync', message } : malformed(`this ${name} is not what servers compare`)
    }
    case 'PING':
      return fields.length === 0 ? { kind: 'ping' } : malformed('PING takes no fields')
    case 'STATUS':
      return [name, ...fields].join(' ') === STATUS_REQUEST ? { kind: 'status' } : unknown(name)
    case undefined:
      return malformed('an empty line is no command')
    default:
      return unknown(name)
  }
}

function parseIamat(fields: string[]): Command {
  const [client, position, time] = fields
  if (client === undefined || position === undefined || time === undefined || fields.length !== 3)
    return malformed(`IAMAT takes a client, a position and a time, not ${count(fields)}`)
  if (!parsePosition(position)) return badPosition(position)
  const instant = parseTime(time)
  if (instant === undefined) return badTime(time)
  return { kind: 'iamat', client, position, time, instant }
}

function parseWhatsat(fields: string[]): Command {
  const [client, radius, items] = fields
  if (client === undefined || radius === undefined || items === undefined || fields.length !== 3)
    return malformed(`WHATSAT takes a client, a radius and a number of items, not ${count(fields)}`)
  const kilometres = parseDecimal(radius)
  if (!kilometres || !isAtMost(kilometres, MAX_RADIUS_KM))
    return malformed(`"${radius}" is no radius from 0 to ${MAX_RADIUS_KM} km`)
  const most = parseDecimal(items)
  if (!most || items.includes('.') || !isAtMost(most, MAX_ITEMS))
    return malformed(`"${items}" is no whole number from 0 to ${MAX_ITEMS}`)
  return { kind: 'whatsat', client, radiusKm: Number(radius), items: Number(items) }
}

const SKEW = /^[+-][0-9]+(?:\.[0-9]+)?$/

function parseAt(fields: string[]): Command {
  const [server, skew, client, position, time] = fields
  if (
    server === undefined ||
    skew === undefined ||
    client === undefined ||
    position === undefined ||
    time === undefined ||
    fields.length !== 5
  )
    return malformed(`AT takes a server, a skew, a client, a position and a time, not ${count(fields)}`)
  if (!SKEW.test(skew)) return malformed(`"${skew}" is no signed number of seconds`)
  if (!parsePosition(position)) return badPosition(position)
  const instant = parseTime(time)
  if (instant === undefined) return badTime(time)
  return { kind: 'at', report: makeReport({ server, skew, client, position, time }, instant) }
}

function parseLink(fields: string[]): Command {
  const greeting = parseGreeting(fields)
  return greeting ? { kind: 'greeting', greeting } : malformed('this LINK is no greeting')
}

function unknown(name: string): Malformed {
  return malformed(`there is no command "${name}"`)
}

function malformed(why: string): Malformed {
  return { kind: 'malformed', why }
}

function badPosition(text: string): Malformed {
  return malformed(
    `"${text}" is no position such as +34.06-118.44, within ${MAX_LATITUDE} and ${MAX_LONGITUDE} degrees`,
  )
}

function badTime(text: string): Malformed {
  return malformed(`"${text}" is no POSIX time such as 1621464827.959498503`)
}

function count(fields: string[]): string {
  return fields.length === 1 ? '1 field' : `${fields.length} fields`
}
