import { toExcerpt } from '../log/escape-text.js'
import type { Position } from '../protocol/position.js'

/** A query for the places within a radius of a position. */
export interface PlacesQuery {
  readonly position: Position
  readonly radiusKm: number
}

/** A source of places: a service on the network, or the built-in cities. */
export interface PlacesProvider {
  /** One word, for the log and for messages. */
  readonly name: string
  /** The answer to a query for 0 places, if it is always the same. Omitted if only the service knows it. */
  readonly none?: string
  /** Whether an answer takes only processor time, and the provider rejects only if it cannot read its data. */
  readonly isLocal?: boolean
  /** The most concurrent calls that the service allows. */
  readonly maxCalls?: number
  /**
   * The places nearby, as many as a client may ask for, in the JSON of the legacy Nearby Search, as latin1 text: one character per
   * byte. Rejects with a PlacesError, and soon after `signal` is aborted.
   */
  nearby(query: PlacesQuery, signal: AbortSignal): Promise<string>
}

/** When a failed call may be made again. The service is not asked at all in between. */
export interface Retry {
  readonly afterMs: number
  /** The maximum number of tries of a call, with the first. */
  readonly maxTries: number
}

/** The most characters of a failed answer that are searched for its reason. An HTML page may have a long head. */
const MAX_READ_CHARACTERS = 8_192

/**
 * Why there are no places. The message follows the name of the service, as in `answered 429 (too many requests)`, and is shown to
 * clients: it never contains a key, a URL or text of the service. That text is in `detail`, one line for the log.
 */
export class PlacesError extends Error {
  readonly detail: string | undefined
  /** Undefined if it makes no sense to try again. */
  readonly retry: Retry | undefined

  /** `written` is the text that the service sent instead of places, without the key. */
  constructor(message: string, written = '', retry?: Retry) {
    super(message)
    this.retry = retry
    this.detail = toExcerpt(textIn(written.slice(0, MAX_READ_CHARACTERS))) || undefined
  }
}

/** Decodes an answer, whose bytes are UTF-8. */
export function decodeAnswer(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString()
}

/** A text on one line; HTML without its tags. */
function textIn(text: string): string {
  const words = /^\s*</.test(text) ? text.replace(/<[^>]*>/g, ' ') : text
  return words.replace(/\s+/g, ' ').trim()
}
