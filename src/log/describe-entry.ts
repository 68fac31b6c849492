import { decodeUtf8, type Entry } from './entry.js'
import { escapeHighBytes, escapeControls } from './escape-text.js'

/**
 * Describes an entry in one line, for people. A reply of many lines is shown by its first line. Control characters, and bytes that are not
 * UTF-8, are shown as `\xff`.
 */
export function describeEntry(entry: Entry): string {
  return escapeControls(describe(entry))
}

/** Decodes wire text as UTF-8. If it is not valid UTF-8, every byte above 0x7f becomes `\xff`. */
export function decodeWireText(wireText: string): string {
  return decodeUtf8(wireText) ?? escapeHighBytes(wireText)
}

function describe(entry: Entry): string {
  switch (entry.kind) {
    case 'in':
      return `← ${entry.who} ${firstLine(entry.line)}`
    case 'out':
      return `→ ${entry.who} ${firstLine(entry.line)}`
    case 'refused':
      return `! ${entry.who} ${firstLine(entry.line)} (refused: ${entry.why})`
    case 'stale':
      return `· ${entry.who} sent a stale report, kept ${firstLine(entry.line)}`
    case 'forget':
      return `· ${entry.who} had a client forgotten: ${firstLine(entry.line)}`
    case 'client':
      return `· ${entry.who} ${entry.what}${reason(entry.why)}`
    case 'token':
      return describeToken(entry)
    case 'http':
      return `· ${entry.who}${byToken(entry.token)} ${entry.method} ${entry.path} ${entry.status}`
    case 'link':
      return `· link to ${entry.neighbour} ${entry.what}${reason(entry.why)}`
    case 'places':
      return `· places from ${entry.provider} in ${Math.round(entry.tookMs)} ms: ${entry.outcome}${reason(entry.detail)}`
    case 'server':
      return describeServer(entry)
  }
}

function describeToken({ what, who, token, why, failures }: Extract<Entry, { kind: 'token' }>): string {
  switch (what) {
    case 'accepted':
      return `· ${who} has shown the token ${token}`
    case 'used':
      return `· ${who}${byToken(token)} ${why}`
    case 'refused':
      return `! ${who} has shown a token${token === undefined ? '' : `, ${token},`} that is refused: ${why}; refused for this host: ${failures}`
  }
}

function byToken(token: string | undefined): string {
  return token === undefined ? '' : ` (${token})`
}

function describeServer(entry: Extract<Entry, { kind: 'server' }>): string {
  switch (entry.what) {
    case 'listening':
      return `· listening on ${entry.address}`
    case 'stopped':
      return '· stopped'
    case 'reloaded':
      return `· reloaded ${entry.parts}`
    case 'recovered':
      return `· ${entry.why}`
    case 'fault':
      return `! ${entry.why}`
  }
}

function reason(why: string | undefined): string {
  return why === undefined ? '' : `: ${why}`
}

function firstLine(wireText: string): string {
  const [first = '', ...others] = decodeWireText(wireText).split('\n')
  return others.length === 0 ? first : `${first} … (1 of ${others.length + 1} lines)`
}
