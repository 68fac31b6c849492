import type { Group } from './reach.js'

/** Something about a topology that a person should know. */
export interface Finding {
  /** A fault keeps the herd from working; with a warning it works, but is fragile, or not as was likely meant. */
  readonly level: 'fault' | 'warning'
  readonly kind:
    | 'split'
    | 'single-server'
    | 'single-link'
    | 'lone-server'
    | 'long-way'
    | 'invalid-host'
    | 'loopback-host'
    | 'wildcard-host'
    | 'same-port'
    | 'any-port'
    | 'low-port'
    | 'same-file'
    | 'unknown-key'
  /** The servers that it is about: of a link, both its ends. */
  readonly servers: readonly string[]
  /** The groups that the herd is in, or would be: each is cut off from the others. */
  readonly groups?: readonly Group[]
  /** The finding in words for a person, complete without the rest. */
  readonly words: string
}
