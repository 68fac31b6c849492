import type { Branch } from './branch.js'

/** Stands for any other server that runs in the same process as this one. */
export const SAME_PROCESS: unique symbol = Symbol('same process')

/** The route of a late report: it is flooded to all neighbours, whatever they have pruned, and from them to all of theirs. */
export const LATE: unique symbol = Symbol('late')

/**
 * Another server whose clients' reports reach us, and the state of its tree here. All times are when a report arrived at the origin, in
 * microseconds since 1970 by its own clock. After that clock has stepped back, the origin's counts stand in for times, since they never do.
 */
export interface Origin {
  readonly name: string
  /** Origins are numbered 0, 1, 2 and so on. */
  readonly number: number
  /** The time of the last report that arrived here, from any neighbour. */
  latest: number
  /** The latest time of all reports that have come here; 0 if none has. */
  seen: number
  /** `seen` at the last beat. */
  seenBefore: number
  /** The neighbour that sends us its reports. While that is undefined, any neighbour that has a report sends it. */
  parent: Branch | typeof SAME_PROCESS | undefined
  /** The latest time of the reports that the parent, or a parent before it, has sent. */
  fromParent: number
  /** The time up to which the parent has announced that it has seen the reports, of which some may have lost to newer ones of other origins. */
  seenByParent: number
  /** Whether a report has lost to a newer one since the last beat, so that neighbours down the tree get nothing from us in its place. */
  isSuperseded: boolean
  /** `fromParent` at the last beat. */
  fromParentBefore: number
  /** The time up to which another neighbour has announced that it has seen the reports, if that is later than `fromParent`. */
  seenElsewhere: number | undefined
  /** For how many beats `seenElsewhere` has been set while the parent has sent nothing. */
  idleBeats: number
}

/** How a report travels: along the tree of its origin; as `LATE`; or, when undefined, to all neighbours, as it has no tree. */
export type Route = Origin | typeof LATE | undefined
