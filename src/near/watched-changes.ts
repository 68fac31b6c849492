import type { ClientNumber } from '../memory/numbers.js'
import type { Area } from './area.js'
import type { BoxPart, BoxQuery } from './in-box.js'
import type { Change } from './watch.js'

/**
 * A client that at least one watcher is still to be sent, and its newest change. All watchers that wait for it share this, also if the client is
 * removed and comes back meanwhile.
 */
export interface Subject {
  latest: Change
  /** How many watchers wait. */
  waiting: number
}

/** What a watcher needs of the changes that it watches. */
export interface WatchedChanges {
  /** Whether the whole table has been read. Until then, nothing is sent. */
  readonly isLoaded: boolean
  /** The position of the last change. */
  readonly position: number
  /** The change at a position, if it is still known. */
  changeAt(position: number): Change | undefined
  /** The newest report of a client as a change, if it has one. */
  newest(client: ClientNumber): Change | undefined
  newestOf(id: string): Change | undefined
  /** Some clients in an area, by number. */
  page(area: Area, query: BoxQuery): BoxPart
  /** The subject of a change, if anybody waits for that client. */
  subjectOf(change: Change): Subject | undefined
  /** The same, with one more watcher that waits. */
  retain(change: Change): Subject
  release(subject: Subject): void
  /** Whether this server has received the report of a change from the client. */
  isOwn(change: Change): boolean
}
