import { SPACE, spells, toText } from '../protocol/bytes.js'
import { originIn, type ReportLine } from '../protocol/report.js'
import type { Origin } from './origin.js'

/** The most servers that have a tree. Reports of any others are flooded. */
export const MAX_ORIGINS = 10_000

/** Slots of the cache that finds an origin by the bytes of its name. */
const CACHE_SLOTS = 256

/** The other servers whose reports have come. */
export class Origins implements Iterable<Origin> {
  readonly #server: string
  readonly #byName = new Map<string, Origin>()
  // Decoding the name in a report to a string would cost more than everything else that is done about its tree.
  readonly #cache: (Origin | undefined)[] = Array.from({ length: CACHE_SLOTS })

  /** `server` is this server's name. It is never among them: our own reports go to all neighbours, since nobody gets them sooner. */
  constructor(server: string) {
    this.#server = server
  }

  [Symbol.iterator](): Iterator<Origin> {
    return this.#byName.values()
  }

  /** The origin of a report; undefined if it has no tree. */
  of(line: ReportLine): Origin | undefined {
    const { bytes } = line
    const start = originIn(line)
    let end = start
    let hash = 0
    for (let byte = bytes[end] as number; byte !== SPACE; byte = bytes[end] as number) {
      hash = (hash * 31 + byte) % CACHE_SLOTS
      end += 1
    }
    const cached = this.#cache[hash]
    if (cached && spells(bytes, start, end, cached.name)) return cached
    if (spells(bytes, start, end, this.#server)) return undefined
    const origin = this.named(toText(bytes, start, end))
    this.#cache[hash] = origin
    return origin
  }

  /** The origin with a name, which is added if it is new; undefined if it has no tree. */
  named(name: string): Origin | undefined {
    const known = this.#byName.get(name)
    if (known || name === this.#server || this.#byName.size === MAX_ORIGINS) return known
    const origin: Origin = {
      name,
      number: this.#byName.size,
      latest: 0,
      seen: 0,
      seenBefore: 0,
      parent: undefined,
      fromParent: 0,
      seenByParent: 0,
      isSuperseded: false,
      fromParentBefore: 0,
      seenElsewhere: undefined,
      idleBeats: 0,
    }
    this.#byName.set(name, origin)
    return origin
  }
}
