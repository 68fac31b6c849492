import { JITTER } from '../fixtures/slow-link.js'

/** The settings from the command line. */
export interface Settings {
  readonly delaysMs: readonly number[]
  /** Whether the pairs of servers have a herd key; both kinds are measured by default. */
  readonly keys: readonly boolean[]
  readonly idleSeconds: number
  readonly seed: number
  /** How many clients an engine is filled with. */
  readonly clients: number
}

/** One-way delays, from a good line between two cities to a bad satellite link. */
export const DELAYS_MS: readonly number[] = [20, 150, 400, 1_000]

export const IDLE_SECONDS = 60

export const ENGINE_CLIENTS = 1_000_000

/** One kind of link that is measured. */
export interface Case {
  /** The one-way delay. */
  readonly delayMs: number
  readonly hasKey: boolean
}

/** All cases, the shortest delay first. */
export function casesOf({ delaysMs, keys }: Settings): Case[] {
  return delaysMs.flatMap((delayMs) => keys.map((hasKey) => ({ delayMs, hasKey })))
}

/** The longest time that a byte takes one way without stalls. Targets count it as one delay. */
export function oneWayMs({ delayMs }: Case): number {
  return delayMs * (1 + JITTER)
}

export function caseName({ delayMs, hasKey }: Case): string {
  return `${delayMs} ms, ${hasKey ? 'herd key' : 'no key'}`
}
