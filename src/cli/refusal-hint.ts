import { toText } from '../protocol/bytes.js'
import { parseText, type Command } from '../protocol/command.js'
import type { Sighting } from '../protocol/report.js'
import { isMoreThan, type Instant } from '../protocol/time.js'
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
  const parsed = parseText(refusal.command)
  switch (parsed.kind) {
    case 'malformed':
      return fromWireText(parsed.why)
    case 'whatsat':
      return whatsatHint(refusal, parsed)
    case 'iamat':
      return iamatHint(refusal, parsed.sighting)
    case 'at':
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
    case 'status':
      return `${refusal.server} is not a proxyherd server, or answers this only with its herd key`
  }
}

function whatsatHint({ server, hasReportOf }: Refusal, { client, radiusKm, items }: Whatsat): string {
  const id = fromWireText(toText(client))
  const places = `its places service failed, or it does not take a radius of ${radiusKm} km or ${items} items`
  if (hasReportOf(toText(client)))
    return `this is valid, and ${server} has a report of "${id}", but it gave no reason. Likely causes: ${places}`
  const unknown = `no server has a report of "${id}", or ${server} is cut off from those that have one`
  return `${valid(server)}: ${unknown}; if it is another program, also that ${places}`
}

function iamatHint({ server, now }: Refusal, { bytes, time, timeEnd, instant }: Sighting): string {
  const ahead = `the time ${toText(bytes, time, timeEnd)} is too far ahead of its clock ("serve --max-future"); or `
  const unsaved =
    'it cannot save reports ("herd status", and its log), and has taken in the report all the same'
  const other = 'if it is another program, also that it does not take this form of position or time'
  const full = 'this client is new, and its memory for reports is full ("serve --max-memory"); or '
  return `${valid(server)}: ${isMoreThan(0, instant, now) ? ahead : ''}${full}${unsaved}; ${other}`
}

function valid(server: string): string {
  return `this is valid, but ${server} gave no reason. Likely causes`
}

type Whatsat = Extract<Command, { kind: 'whatsat' }>
