import type { LinkStanding } from '../net/link-options.js'
import type { LinkStatus } from '../protocol/status.js'
import { NANOSECONDS_PER_MILLISECOND } from '../protocol/time.js'

/** The flood's figures for a neighbour: how many clients are pending, and whether the digests were equal when last compared. */
export interface LinkFigures {
  readonly pending: number
  readonly inSync: boolean | undefined
}

/** The status of a link at `nowMs`, as `STATUS` reports it. `standing` is undefined while the link is down. */
export function linkStatus(
  neighbour: string,
  standing: LinkStanding | undefined,
  { pending, inSync }: LinkFigures,
  nowMs: number,
): LinkStatus {
  if (!standing) return { neighbour, state: 'down' }
  const { kind, upMs, lastHeardMsAgo, sentBytes, receivedBytes } = standing
  return {
    neighbour,
    state: 'up',
    kind,
    upSince: isoOf(nowMs - upMs),
    lastHeardSecondsAgo: Math.round(lastHeardMsAgo) / 1_000,
    pending,
    sentBytes,
    receivedBytes,
    inSync: inSync ?? null,
  }
}

/** Converts nanoseconds since 1970 to milliseconds. */
export function millisecondsOf(nanoseconds: bigint): number {
  return Number(nanoseconds / NANOSECONDS_PER_MILLISECOND)
}

/** Formats milliseconds since 1970 as ISO 8601 in UTC. */
export function isoOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
