/** How long it may take. */
export interface Settings {
  readonly isQuick: boolean
  /** How often each rival is measured in each case, in turn with the others, because the machine is not always the same. */
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

/** Every client is checked once a rival, at this depth; else so many, evenly spread. */
export const CHECKED_DEPTH = 16
export const SAMPLED = 5_000

/** Even a herd that is far behind gets there, and one that never does is told. */
export const TIMEOUT_MS = 120_000
