const STAR = 0x2a

/** Bytes to search for, and how far to fall back when they stop matching (Knuth, Morris and Pratt). */
interface Wanted {
  readonly bytes: Uint8Array
  /** For each length of a match so far: the length of its longest proper prefix that is also its end. */
  readonly fallback: Uint16Array
}

/**
 * A pattern that client IDs match or not: `*` stands for any bytes, also for none, and every other byte for itself. Matching takes time in
 * proportion to the length of the ID, whatever the pattern: an ID is compared with each part between two stars from left to right, never twice.
 */
export class ClientPattern {
  /** Whether every ID matches. */
  readonly matchesAll: boolean
  readonly #first: Uint8Array
  readonly #middle: readonly Wanted[]
  /** Undefined if there is no star. */
  readonly #last: Uint8Array | undefined

  /** IDs are bytes, so the pattern is taken as UTF-8. */
  constructor(pattern: string) {
    this.matchesAll = /^\*+$/.test(pattern)
    const [first, ...others] = partsOf(Buffer.from(pattern)) as [Uint8Array, ...Uint8Array[]]
    this.#first = first
    this.#last = others.pop()
    this.#middle = others.filter(({ length }) => length > 0).map(wanted)
  }

  /** Whether a client ID, the bytes from `start` to `end`, matches. */
  matches(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    if (this.matchesAll) return true
    const [first, last] = [this.#first, this.#last]
    if (!last) return end - start === first.length && isAt(bytes, start, first)
    const lastAt = end - last.length
    let at = start + first.length
    if (at > lastAt || !isAt(bytes, start, first) || !isAt(bytes, lastAt, last)) return false
    for (const part of this.#middle) {
      at = endOf(part, bytes, at, lastAt)
      if (at < 0) return false
    }
    return true
  }
}

function partsOf(pattern: Uint8Array): Uint8Array[] {
  const star = pattern.indexOf(STAR)
  if (star < 0) return [pattern]
  return [pattern.subarray(0, star), ...partsOf(pattern.subarray(star + 1))]
}

function isAt(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  for (let index = 0; index < part.length; index += 1) if (bytes[at + index] !== part[index]) return false
  return true
}

function wanted(bytes: Uint8Array): Wanted {
  const fallback = new Uint16Array(bytes.length + 1)
  let matched = 0
  for (let index = 1; index < bytes.length; index += 1) {
    while (matched > 0 && bytes[index] !== bytes[matched]) matched = fallback[matched] as number
    if (bytes[index] === bytes[matched]) matched += 1
    fallback[index + 1] = matched
  }
  return { bytes, fallback }
}

/** Where the first occurrence between `from` and `to` ends; -1 if there is none. */
function endOf({ bytes: part, fallback }: Wanted, bytes: Uint8Array, from: number, to: number): number {
  let matched = 0
  for (let at = from; at < to; at += 1) {
    while (matched > 0 && bytes[at] !== part[matched]) matched = fallback[matched] as number
    if (bytes[at] === part[matched]) matched += 1
    if (matched === part.length) return at + 1
  }
  return -1
}
