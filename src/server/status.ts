import type { LinkStanding } from '../net/link-options.js'
import type { LastComparison, LinkExpiry, LinkStatus } from '../protocol/status.js'
import { NANOSECONDS_PER_MILLISECOND } from '../protocol/time.js'

/** Figures of the flood to a neighbour: how many clients are pending, and when digests were last compared, if ever on this link. */
export interface FloodFigures {
  readonly pending: number
  readonly lastComparison: LastComparison | undefined
  /** What is known of the cutoff of the neighbour. */
  readonly expiry?: LinkExpiry | undefined
}

/** The status of a link at `nowMs`, as `STATUS` reports it. `standing` is undefined while the link is down. */
export function linkStatus(
  neighbour: string,
  standing: LinkStanding | undefined,
  { pending, lastComparison, expiry }: FloodFigures,
  nowMs: number,
): LinkStatus {
  if (!standing) return { neighbour, state: 'down' }
  const { kind, upMs, lastHeardMsAgo, sentBytes, receivedBytes, roundTripMs, clockOffsetMs } = standing
  return {
    neighbour,
    state: 'up',
    kind,
    upSince: isoOf(nowMs - upMs),
    upSeconds: secondsOf(upMs),
    lastHeardSecondsAgo: secondsOf(lastHeardMsAgo),
    pending,
    sentBytes,
    receivedBytes,
    lastComparison: lastComparison ?? null,
    roundTripMs: roundTripMs && microsecondsIn(roundTripMs),
    clockOffsetMs: clockOffsetMs && microsecondsIn(clockOffsetMs),
    expiry,
  }
}

/** Converts nanoseconds since 1970 to milliseconds. */
export function millisecondsOf(nanoseconds: bigint): number {
  return Number(nanoseconds / NANOSECONDS_PER_MILLISECOND)
}

/** Converts milliseconds to seconds with three decimals. */
export function secondsOf(milliseconds: number): number {
  return Math.round(milliseconds) / 1_000
}

/** Rounds milliseconds to three decimals. */
function microsecondsIn(milliseconds: number): number {
  return Math.round(1_000 * milliseconds) / 1_000
}

/** Formats milliseconds since 1970 as ISO 8601 in UTC. */
export function isoOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
