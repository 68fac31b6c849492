import type { Flood } from '../flood/flood.js'
import type { Link } from '../net/link.js'
import type { LinkStatus, ServerStatus } from '../protocol/status.js'
import { NANOSECONDS_PER_MILLISECOND, type Instant } from '../protocol/time.js'
import type { ServerOptions } from './server-options.js'

/** How a server stands that was started at `startedAt`, by its own clock. */
export function statusOf(
  { name: server, version, clock }: ServerOptions,
  startedAt: Instant,
  flood: Flood,
  links: ReadonlyMap<string, Link>,
): ServerStatus {
  const nowMs = millisecondsOf(clock())
  return {
    server,
    version,
    startedAt: isoOf(millisecondsOf(startedAt)),
    uptimeSeconds: (nowMs - millisecondsOf(startedAt)) / 1_000,
    clients: flood.size,
    digest: flood.digest,
    links: [...links].map(([neighbour, link]) => linkStatus(neighbour, link, flood, nowMs)),
  }
}

function linkStatus(neighbour: string, link: Link, flood: Flood, nowMs: number): LinkStatus {
  const { standing } = link
  if (!standing) return { neighbour, state: 'down' }
  const { kind, upMs, lastHeardMsAgo, sentBytes, receivedBytes } = standing
  return {
    neighbour,
    state: 'up',
    kind,
    upSince: isoOf(nowMs - upMs),
    lastHeardSecondsAgo: Math.round(lastHeardMsAgo) / 1_000,
    pending: flood.pending(neighbour),
    sentBytes,
    receivedBytes,
    inSync: flood.inSync(neighbour) ?? null,
  }
}

function millisecondsOf(instant: Instant): number {
  return Number(instant / NANOSECONDS_PER_MILLISECOND)
}

function isoOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
