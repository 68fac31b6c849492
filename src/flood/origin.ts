import type { Branch } from './branch.js'

/** A server that runs together with us. */
export const SAME_PROCESS: unique symbol = Symbol('here')

/** The way of a report that goes along no tree: to all neighbours, and from them to all of theirs. */
export const LATE: unique symbol = Symbol('late')

/**
 * Another server, and along which way the reports of its clients come to us. Times are those of arrival there, in microseconds since 1970 by
 * its own clock; where that has stepped back, its counts, which go on.
 */
export interface Origin {
  readonly name: string
  /** 0, 1, 2 and so on. */
  readonly number: number
  /** When it heard the report that has come last, whoever brought it. */
  at: number
  /** When it heard the latest that has come; 0 if none has. */
  seen: number
  /** The same at the last beat. */
  seenBefore: number
  /** Who brings them; undefined if that is not known, and then whoever has them does. */
  parent: Branch | typeof SAME_PROCESS | undefined
  /** When it heard the latest that the parent has brought, this one or those before it. */
  brought: number
  /** The same at the last beat. */
  broughtBefore: number
  /** Up to when a neighbour has seen them that does not bring them, if that is later than the parent has brought. */
  rumour: number | undefined
  /** For how many beats there has been a rumour, and the parent has brought nothing. */
  stillBeats: number
}

/** Which way a report goes: along the tree of its origin; to all, and from them to all of theirs; or only to all, if it has no origin. */
export type Route = Origin | typeof LATE | undefined
