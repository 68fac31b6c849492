import type { Branch } from './branch.js'

/** A server that runs together with us. */
export const HERE: unique symbol = Symbol('here')

/** Another server, and along which way the reports of its clients come to us. Times are microseconds since 1970 by its own clock. */
export interface Origin {
  readonly name: string
  /** When it heard the latest report that we have had from there; 0 if none has come. */
  seen: number
  /** The same at the last beat. */
  seenBefore: number
  /** Who brings them; undefined if that is not known, and then whoever has them does. */
  parent: Branch | typeof HERE | undefined
  /** Up to when a neighbour has seen them that does not bring them, if that is later than we have. */
  rumour: number | undefined
  /** For how many beats there has been a rumour, and none of them has come. */
  stillBeats: number
}
