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

/**
 * Why there are no places. The message follows the name of the service, as in `answered 429 (too many requests)`, and is
 * shown to clients: it never holds a key, a URL or what the service wrote.
 */
export class PlacesFault extends Error {}
