import { toText } from '../protocol/bytes.js'
import { parseText, type Command } from '../protocol/command.js'
import type { Sighting } from '../protocol/report.js'
import type { ForgetRequest } from '../protocol/statement.js'
import { isMoreThan, type Instant } from '../protocol/time.js'
import { formatCount } from '../topology/format-list.js'
import { MIN_EXPIRE_SECONDS } from './options.js'
import { fromWireText } from './wire-text.js'

/** What is known of a refusal. */
export interface Refusal {
  readonly command: string
  readonly server: string
  /** The time by the clock of this machine. */
  readonly now: Instant
  /** Whether the server has sent a report of this client, given as wire text, on the same connection. */
  readonly hasReportOf: (client: string) => boolean
}

/** Says why a server has refused a command or, as it gives no reason for refusing a valid one, what the likely causes are. */
export function refusalHint(refusal: Refusal): string {
  // Our servers do not copy a token.
  if (refusal.command === 'AUTH')
    return `${refusal.server} does not know this token, or takes tokens of other machines only over TLS`
  const parsed = parseText(refusal.command)
  switch (parsed.kind) {
    case 'malformed':
      return `${fromWireText(parsed.why)}${parsed.unknown === undefined ? '' : '; clients send IAMAT, WHATSAT, NEAR, WATCH and FORGET, in capital letters'}`
    case 'whatsat':
      return whatsatHint(refusal, parsed)
    case 'iamat':
      return iamatHint(refusal, parsed.sighting)
    case 'near':
      return `${refusal.server} is an older proxyherd or another program, which does not know NEAR`
    case 'watch':
      return `${refusal.server} is an older proxyherd or another program, which does not know WATCH, or too many watch it already`
    case 'forget':
      return forgetHint(refusal, parsed.request)
    case 'at':
    case 'statement':
    case 'greeting':
    case 'late':
    case 'sync':
    case 'tree':
    case 'linkRefusal':
    case 'features':
    case 'ping':
    case 'pong':
    case 'memory':
      return 'only servers send this, to each other'
    case 'auth':
      return `${refusal.server} is an older proxyherd or another program, which does not know AUTH`
    case 'status':
      return `${refusal.server} is not a proxyherd server, or answers this only with its herd key`
  }
}

function whatsatHint({ server, hasReportOf }: Refusal, { client, radiusKm, items }: Whatsat): string {
  const id = fromWireText(toText(client))
  const range = `a radius of ${radiusKm} km or ${formatCount(items, 'item')}`
  // A proxyherd server answers for every client that it has a report of.
  if (hasReportOf(toText(client)))
    return `this is valid, and ${server} has a report of "${id}", but it gave no reason. Likely causes: its places service failed, or it does not take ${range}`
  return unexplained(server, [
    `no server has a report of "${id}", or it has expired`,
    `${server} is cut off from those that have one`,
    `it is another program, whose places service failed or which does not take ${range}`,
  ])
}

function iamatHint(
  { server, now, hasReportOf }: Refusal,
  { bytes, client, clientEnd, time, timeEnd, instant }: Sighting,
): string {
  const ahead = `the time ${toText(bytes, time, timeEnd)} is too far ahead of its clock ("serve --max-future")`
  const old = `the time ${toText(bytes, time, timeEnd)} is too long ago ("serve --expire")`
  const full = 'the client is new, and the memory for reports is full ("serve --max-memory")'
  return unexplained(server, [
    ...(isMoreThan(0, instant, now) ? [ahead] : []),
    ...(isMoreThan(MIN_EXPIRE_SECONDS, now, instant) ? [old] : []),
    ...(hasReportOf(toText(bytes, client, clientEnd)) ? [] : [full]),
    'it cannot save reports, and has taken in the report all the same',
    'it is another program, which does not take this form of position or time',
  ])
}

function forgetHint({ server, now }: Refusal, { until }: ForgetRequest): string {
  return unexplained(server, [
    ...(until && isMoreThan(0, until.instant, now) ? ['the time is too far ahead of its clock'] : []),
    'a server linked to it is of a version that does not know FORGET, and would still have the report',
    'no server has a report of the client, and the memory for reports is full ("serve --max-memory")',
    'it cannot save what it forgets, and has forgotten all the same',
    'it is an older proxyherd or another program, which does not know FORGET',
  ])
}

function unexplained(server: string, causes: readonly string[]): string {
  const token = 'it takes this only with a token that allows it ("--token-file")'
  return `this is valid, but ${server} gave no reason; if it is proxyherd, its log has it. Likely causes: ${[...causes, token].join('; ')}`
}

type Whatsat = Extract<Command, { kind: 'whatsat' }>
