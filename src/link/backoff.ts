/** The first wait before dialling a neighbour again. */
export const MIN_BACKOFF_MS = 100

/** The longest wait: a neighbour that is reachable again is dialled within this time, even if it cannot dial itself. */
export const MAX_BACKOFF_MS = 5_000

/**
 * How long to wait before dialling again after `failures` tries in a row have failed: doubling from 0.1 s to 5 s, then
 * spread over its upper half by `random` (0 to 1), so that the servers of a herd do not all dial in step.
 */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** failures)
  return ceiling * (0.5 + random / 2)
}
