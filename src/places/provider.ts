import { toExcerpt } from '../log/escape-text.js'
import type { Position } from '../protocol/position.js'

/** What is asked: which places are within a radius of a position. */
export interface PlacesQuery {
  readonly position: Position
  readonly radiusKm: number
}

/** A service that knows places: one on the network, or the cities that ship. */
export interface PlacesProvider {
  /** One word, for the log and for messages. */
  readonly name: string
  /** Its answer to whoever wants no places, if that is always the same; what a service on the network says, only that knows. */
  readonly none?: string
  /**
   * The places nearby, as many as a client may ask for, in the JSON of the legacy Nearby Search, as latin1 text: a
   * character is a byte of the answer. Rejects with a PlacesFault, and soon after `signal` is aborted.
   */
  nearby(query: PlacesQuery, signal: AbortSignal): Promise<string>
}

/** The most characters of a failed answer that are read for its reason: an HTML page may have a long head. */
const MAX_READ_CHARACTERS = 8_192

/**
 * Why there are no places. The message follows the name of the service, as in `answered 429 (too many requests)`, and is
 * shown to clients: it never holds a key, a URL or what the service wrote. That is in `detail`, one line for the log.
 */
export class PlacesFault extends Error {
  readonly detail: string | undefined

  /** `written` is what the service wrote instead of places, without the key. */
  constructor(message: string, written = '') {
    super(message)
    this.detail = toExcerpt(wordsIn(written.slice(0, MAX_READ_CHARACTERS))) || undefined
  }
}

/** The text whose UTF-8 an answer is. */
export function decodeAnswer(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString()
}

/** The words of a text on one line; of an HTML page, without its tags. */
function wordsIn(text: string): string {
  const words = /^\s*</.test(text) ? text.replace(/<[^>]*>/g, ' ') : text
  return words.replace(/\s+/g, ' ').trim()
}
