import type { ClientNumber } from '../memory/numbers.js'
import type { Neighbour } from './neighbour.js'
import type { Route } from './origin.js'

/** Why a client is removed: its report is too old to be kept, or it is to be forgotten. */
export type Removal = 'expired' | 'forgotten'

/** What a follower is given, and from when on. */
export interface FollowPolicy {
  /** Start with the reports of all clients, or only with what changes from now on. */
  readonly from: 'all' | 'now'
  /** Follow only reports of this server's own clients, not those that other servers have received. */
  readonly isOwnOnly?: boolean
  /**
   * Returns whether the follower wants a change. It is called for each change, in order, when that is read or counted, but not for reports
   * that are read from the table. `route` is how the report travels, `sender` the neighbour that has sent it, if one has, and `arrivedAt` when
   * it arrived at its origin. By default all changes are wanted.
   */
  readonly selects?: (
    client: ClientNumber,
    route: Route,
    sender: Neighbour | undefined,
    arrivedAt: number,
  ) => boolean
  /** Also follow what is forgotten, as changes. By default a client that is forgotten counts as removed. */
  readonly forgets?: boolean
  /** Called as soon as a client is removed, for a follower that stores client numbers itself. No removals are queued then. */
  readonly onRemoved?: (client: ClientNumber, why: Removal) => void
  /** Called when a client whose report is kept for its generation is shown no longer, or again, since the cutoff has moved. */
  readonly onShown?: (client: ClientNumber) => void
}

/** Takes a client whose report has changed, how the report travels, and the neighbour that has sent it, if one has. */
export type OnChange = (client: ClientNumber, route: Route, sender: Neighbour | undefined) => void
