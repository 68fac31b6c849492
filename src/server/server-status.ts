import type { Flood } from '../flood/flood.js'
import type { Expiry } from '../flood/expiry.js'
import type { ExpiryStatus, ServerStatus } from '../protocol/status.js'
import type { ClientAdmission } from './client-admission.js'
import type { ConnectionGuard } from './connection-guard.js'
import type { Links } from './links.js'
import type { ReportStore, ServerOptions } from './server-options.js'
import { isoOf, millisecondsOf, secondsOf } from './status.js'
import type { StoreHealth } from './store-health.js'

export interface ServerStatusParts {
  readonly options: Pick<ServerOptions, 'name' | 'version' | 'clock' | 'expireSeconds'>
  readonly flood: Flood
  readonly links: Pick<Links, 'statuses'>
  readonly health: StoreHealth
  readonly admission: Pick<ClientAdmission, 'status'>
  readonly guard: Pick<ConnectionGuard, 'plainRefused'>
  /** The store, once it is open. */
  readonly store: () => ReportStore | undefined
  /** In nanoseconds since 1970. */
  readonly startedAt: bigint
  /** The same on the clock of `performance.now`. */
  readonly upSince: number
}

/** The status of a server now. Digests must be known, see `SliceScheduler.hashed`. */
export function serverStatus(parts: ServerStatusParts): ServerStatus {
  const { options, flood, health, admission, guard, store, startedAt, upSince } = parts
  const { name: server, version, clock } = options
  const links = parts.links.statuses(millisecondsOf(clock()))
  // First, since it drops what has expired.
  const { digest } = flood
  return {
    server,
    version,
    startedAt: isoOf(millisecondsOf(startedAt)),
    uptimeSeconds: secondsOf(performance.now() - upSince),
    clients: flood.size,
    digest,
    links,
    store: health.status(store(), links),
    memory: admission.status,
    plainRefused: guard.plainRefused,
    expiry: expiryStatus(options.expireSeconds, flood.expiry),
  }
}

function expiryStatus(
  expireSeconds: number | undefined,
  { cutoff: { cutoff, step }, dropped, refused }: Expiry,
): ExpiryStatus | undefined {
  return expireSeconds === undefined ? undefined : { expireSeconds, cutoff, step, dropped, refused }
}
