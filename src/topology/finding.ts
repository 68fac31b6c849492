import type { Group } from './connectivity.js'

/** A fault or a weakness of a topology. */
export interface Finding {
  /** A fault keeps the herd from working; with a warning it works, but is fragile or likely not as intended. */
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
    | 'other-dialect'
  /** The servers concerned; for a link, both of its ends. */
  readonly servers: readonly string[]
  /** The groups into which the herd is split, or would be. */
  readonly groups?: readonly Group[]
  /** The finding as text, complete without the other fields. */
  readonly words: string
}
