import type { GenerationRule } from './generation-rule.js'
import type { Neighbour } from './neighbour.js'
import { LATE, type Route } from './origin.js'

/** How a report has come here and how it travels on. */
export interface Change {
  readonly route: Route
  /** The neighbour that has sent it, if one has. */
  readonly sender: Neighbour | undefined
  /** Its place among the reports of its origin; undefined if that is the time of its arrival there. */
  readonly count: number | undefined
  /** What generation it is of; `stated` if it is a statement, which says that itself. */
  readonly generation: GenerationRule | 'stated'
}

/** How a report has come that was loaded from the disk. */
export const FROM_DISK: Change = {
  route: undefined,
  sender: undefined,
  count: undefined,
  generation: 'first',
}

/** How a statement that was taken into a later generation travels: to all, also to the neighbour that has sent it. */
export const RAISED: Change = { route: LATE, sender: undefined, count: undefined, generation: 'stated' }
