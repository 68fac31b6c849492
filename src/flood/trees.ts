import type { ClientNumber } from '../memory/numbers.js'
import { arrivedAt, type Report } from '../protocol/report.js'
import type { TreeMessage } from '../protocol/tree.js'
import { Branch } from './branch.js'
import { SAME_PROCESS, LATE, type Origin } from './origin.js'
import { Origins } from './origins.js'

/**
 * After so many beats in which another neighbour has seen later reports of an origin than we, and the parent has sent nothing, the parent is
 * taken for dead. A distant parent gets the round trip of its link on top.
 */
export const DOUBT_BEATS = 4

/**
 * One tree per origin, along which its reports reach every server once. The tree consists of the links on which its reports came first. A
 * server asks any other neighbour that sends a report which it has already to stop (PRUNE). Such neighbours announce now and then how much
 * they have seen (SEEN), which shows when the branch is dead. Then, or when the link to the parent is lost, the server asks all neighbours to
 * send again (GRAFT), and the next report forms the tree anew. Without PRUNE, reports are flooded.
 *
 * This is Plumtree (Leitão, Pereira, Rodrigues 2007), but with a tree per origin, so that each server gets a report by the shortest path, and
 * the neighbours of the origin get it from the origin itself, before it replies to the client. SEEN announces the time of the latest report,
 * not each message.
 */
export class Trees {
  readonly #origins: Origins
  readonly #branches: Branch[] = []
  /** Whether `beat` must be called: something may have to be announced, or a parent may be dead. */
  isBeatDue = false

  /** `server` is this server's name. */
  constructor(server: string) {
    this.#origins = new Origins(server)
  }

  /** Whether no neighbour that supports trees is linked. */
  get isEmpty(): boolean {
    return this.#branches.length === 0
  }

  /** A link to a neighbour that supports trees is up. */
  linkUp(neighbour: string): Branch {
    const branch = new Branch(neighbour)
    this.#branches.push(branch)
    return branch
  }

  /** A link is down. What came over it has to come from elsewhere. */
  linkDown(branch: Branch): void {
    this.#branches.splice(this.#branches.indexOf(branch), 1)
    for (const origin of this.#origins) if (origin.parent === branch) this.#dropParent(origin)
  }

  /**
   * Returns the route of a report that has come. It is undefined if the report has no tree, as one of our own clients. It is `LATE` if the
   * report is older than what had been seen at the last beat: it was lost on the tree, and neighbours that have seen later reports do not know
   * that they lack it. An old report from the parent is not late: it has only waited there behind newer ones. `count` is its place among the
   * reports of its origin; without one, its arrival time there says that.
   */
  receive(
    report: Report,
    by: Branch | typeof SAME_PROCESS | undefined,
    count?: number,
  ): Origin | typeof LATE | undefined {
    // Without branches, routes make no difference.
    if (this.isEmpty) return undefined
    const origin = this.#origins.of(report)
    if (!origin) return undefined
    const at = count ?? arrivedAt(report)
    const isPast = at <= origin.seenBefore && (by === undefined || by !== origin.parent)
    if (isPast || !Number.isSafeInteger(at)) return LATE
    origin.latest = at
    origin.seen = Math.max(at, origin.seen)
    this.isBeatDue = true
    return origin
  }

  /** Called after `receive` has returned an origin: decides whether the sender becomes its parent, or is pruned. */
  updateParent(origin: Origin, by: Branch | typeof SAME_PROCESS, isNews: boolean): void {
    const { parent } = origin
    // Only the parent's reports show that the parent is alive.
    if (parent === by || parent === undefined) origin.fromParent = Math.max(origin.latest, origin.fromParent)
    if (!isNews && parent === by) origin.isSuperseded = true
    if (parent !== undefined) this.#choose(origin, parent, by)
    // Never adopt as parent a neighbour that has just sent GRAFT: it does not know where the next report will come from.
    else if (isOrigin(by, origin) || (isNews && !(by !== SAME_PROCESS && by.isAwaiting(origin))))
      origin.parent = by
  }

  /** A neighbour has sent a late report that is known here. It may be pruned, but does not become the parent of an origin without one. */
  receiveDuplicate(report: Report, by: Branch): void {
    const origin = this.#origins.of(report)
    if (origin?.parent !== undefined) this.#choose(origin, origin.parent, by)
  }

  /** Prunes one of two that send the reports of an origin. The origin itself stays or becomes the parent; otherwise the parent stays. */
  #choose(origin: Origin, parent: Branch | typeof SAME_PROCESS, by: Branch | typeof SAME_PROCESS): void {
    if (parent === by) return
    // So a client that has its reply and asks a neighbour of that server gets the same answer there.
    const isItself = isOrigin(by, origin)
    if (isItself) origin.parent = by
    const other = isItself ? parent : by
    if (other instanceof Branch) other.prune(origin)
  }

  /**
   * Takes a neighbour's message about a tree. Calls `onMissed` with each client whose report the neighbour must be sent; returns whether these
   * are all that it can have missed.
   */
  receiveMessage(message: TreeMessage, from: Branch, onMissed: (client: ClientNumber) => void): boolean {
    const origin = this.#origins.named(message.origin)
    if (!origin) return true
    this.isBeatDue = true
    switch (message.kind) {
      case 'prune':
        from.receivePrune(origin)
        return true
      case 'graft':
        // A parent that asks us for reports gets them from nobody else.
        if (origin.parent === from) this.#dropParent(origin)
        return from.receiveGraft(origin, message.at, onMissed)
      case 'seen':
        this.#receiveSeen(origin, message.at, from)
        return true
    }
  }

  /** Called on each beat: announces what pruned neighbours are not sent, and detects dead parents. */
  beat(): void {
    this.isBeatDue = false
    for (const origin of this.#origins) {
      if (origin.seenElsewhere !== undefined) this.#checkParent(origin, origin.seenElsewhere)
      origin.seenBefore = origin.seen
      origin.fromParentBefore = origin.fromParent
      if (origin.isSuperseded) this.#announce(origin)
    }
    for (const branch of this.#branches) branch.beat()
  }

  #receiveSeen(origin: Origin, at: number, from: Branch): void {
    if (from === origin.parent) this.#receiveSeenOfParent(origin, at)
    from.receiveSeen(origin, Math.min(at, origin.seen))
    if (at <= Math.max(origin.fromParent, origin.seenByParent)) return
    if (origin.seenElsewhere === undefined) origin.idleBeats = 0
    origin.seenElsewhere = Math.max(at, origin.seenElsewhere ?? at)
  }

  /** The parent is alive; it has not sent reports that had lost to newer ones of other origins. */
  #receiveSeenOfParent(origin: Origin, at: number): void {
    if (at <= origin.seenByParent) return
    origin.seenByParent = at
    origin.seen = Math.max(at, origin.seen)
    origin.isSuperseded = true
  }

  /** Neighbours down the tree would otherwise take us for dead, since others announce the reports that we do not pass on. */
  #announce(origin: Origin): void {
    origin.isSuperseded = false
    for (const branch of this.#branches) if (branch !== origin.parent) branch.announce(origin)
  }

  #checkParent(origin: Origin, seenAt: number): void {
    this.isBeatDue = true
    if (seenAt <= Math.max(origin.fromParent, origin.seenByParent)) origin.seenElsewhere = undefined
    // A parent that is slow is alive.
    else if (origin.fromParent !== origin.fromParentBefore) origin.idleBeats = 0
    else origin.idleBeats += 1
    if (origin.idleBeats >= DOUBT_BEATS + delayOf(origin.parent)) this.#dropParent(origin)
  }

  #dropParent(origin: Origin): void {
    origin.parent = undefined
    origin.seenByParent = 0
    origin.seenElsewhere = undefined
    for (const branch of this.#branches) branch.graft(origin)
  }
}

function delayOf(parent: Origin['parent']): number {
  return parent instanceof Branch ? parent.delayBeats : 0
}

function isOrigin(by: Branch | typeof SAME_PROCESS, origin: Origin): boolean {
  return by !== SAME_PROCESS && by.neighbour === origin.name
}
