import { createHash } from 'node:crypto'

/** IDs of up to this many bytes are in the subject itself. A server refuses subjects of more than about 4,000 bytes. */
const MAX_ID_BYTES = 96

/** Marks the hash of a longer ID. base64url has no such character. */
const HASHED = '~'

/** Stands for a dot in the name of a server, because a dot separates the tokens of a subject. No name contains it. */
const DOT = '~'

/** Makes the last token of the subjects of a client from its ID. */
export type ClientToken = (id: Uint8Array) => string

/**
 * The names that a herd uses on an engine. A stream keeps the last message of each subject `herd.<herd>.<carrier>.<client>`. Notices go over
 * subjects that no stream keeps.
 */
export class Subjects {
  readonly #tokenOf: ClientToken
  readonly #ownReports: string
  /** The name of the stream. */
  readonly stream: string
  /** What the stream keeps: the reports of all carriers. */
  readonly reports: string
  /** The notices of all carriers. */
  readonly notices: string
  /** The subject of the notices of this carrier. */
  readonly ownNotices: string

  constructor(herd: string, carrier: string, tokenOf: ClientToken = plainToken) {
    this.#tokenOf = tokenOf
    this.#ownReports = reportsOf(herd, carrier)
    this.stream = `herd-${herd}`
    this.reports = `herd.${herd}.>`
    this.notices = `herd-notice.${herd}.*`
    this.ownNotices = `herd-notice.${herd}.${tokenOfServer(carrier)}`
  }

  /** The subject of the reports of a client, published by this carrier. */
  ofClient(id: Uint8Array): string {
    return `${this.#ownReports}.${this.#tokenOf(id)}`
  }
}

/** What the subjects of all reports that a carrier has published start with. */
export function reportsOf(herd: string, carrier: string): string {
  return `herd.${herd}.${tokenOfServer(carrier)}`
}

/** The carrier of a subject of reports or notices. */
export function carrierOf(subject: string): string {
  const start = subject.indexOf('.', subject.indexOf('.') + 1) + 1
  const end = subject.indexOf('.', start)
  return subject.substring(start, end === -1 ? undefined : end).replaceAll(DOT, '.')
}

/** The token of a client in a herd without a key: its ID in base64url, or the hash of a long one. */
export function plainToken(id: Uint8Array): string {
  if (id.length <= MAX_ID_BYTES) return Buffer.from(id).toString('base64url')
  return HASHED + createHash('sha256').update(id).digest('base64url')
}

function tokenOfServer(name: string): string {
  return name.replaceAll('.', DOT)
}
