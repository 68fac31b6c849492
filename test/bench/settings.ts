/** The settings that determine how long the bench takes. */
export interface Settings {
  readonly isQuick: boolean
  /** How often each rival is measured in each case. Rivals alternate, because the speed of the machine varies. */
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly depths: readonly number[]
}

export const FULL: Settings = {
  isQuick: false,
  rounds: 2,
  seconds: 2,
  warmUpSeconds: 0.5,
  depths: [1, 16, 64],
}

export const QUICK: Settings = { isQuick: true, rounds: 2, seconds: 1, warmUpSeconds: 0.3, depths: [16] }

export const CONNECTIONS = 50
export const CLIENTS = 100_000

/** At this depth, every client is checked once per rival. Otherwise a sample of `SAMPLED` clients is checked. */
export const CHECKED_DEPTH = 16
export const SAMPLED = 5_000

/** Long enough for a herd that is far behind, and short enough to report one that never catches up. */
export const TIMEOUT_MS = 120_000
