import { MEMORY } from './memory-line.js'
import { CUTOFFS } from './sync.js'

/**
 * The first line of a link between proxyherd servers. The server that dials sends `LINK 1 Clark Bernard 1763929921123 0a1b2c3d`; the other
 * replies with its own greeting, or with `NOLINK` and a reason. A classic neighbour is recognized because it replies `? …`, closes or is silent.
 */
export interface Greeting {
  /** The version of the link protocol. Fields that another version does not share with ours are empty. */
  readonly version: string
  /** The name of the sender. */
  readonly from: string
  /** The name of the intended receiver. */
  readonly to: string
  /** Digits of a number that grows with each start of the sender, so that a restart is not taken for a second connection. */
  readonly incarnation: string
  /** The fingerprint of the sender's topology, 8 hexadecimal digits: equal in all servers of a herd. */
  readonly herd: string
}

export const LINK_VERSION = '1'

/** The dialect of a neighbour: proxyherd, or a classic server, which is sent only plain `AT` lines. */
export type NeighbourKind = 'proxyherd' | 'plain'

/** Formats a greeting, without line end. */
export function formatGreeting({ version, from, to, incarnation, herd }: Greeting): string {
  return `LINK ${version} ${from} ${to} ${incarnation} ${herd}`
}

/**
 * Names of features beyond version 1 of the link protocol: returning the tokens of heartbeats, with the sender's clock; counts of reports; and
 * forgets and generations.
 */
export const PONG = 'pong'
export const CLOCK = 'clock'
export const COUNTS = 'counts'
export const FORGETS = 'forget'

/**
 * Formats the line after both greetings, without line end: `FEATURES pong counts memory clock cutoffs forget`. It names the features that we
 * support beyond version 1. Servers skip unknown features, and old servers skip the line.
 */
export function formatFeatures(): string {
  return `FEATURES ${PONG} ${COUNTS} ${MEMORY} ${CLOCK} ${CUTOFFS} ${FORGETS}`
}

/** Formats a heartbeat, without line end. A neighbour with the feature `pong` returns the token. */
export function formatPing(token: number | undefined): string {
  return token === undefined ? 'PING' : `PING ${token}`
}

/**
 * Formats the line that returns the token of a heartbeat, without line end. A neighbour with the feature `clock` is sent ours, too, in
 * microseconds since 1970.
 */
export function formatPong(token: number, clock?: number): string {
  return clock === undefined ? `PONG ${token}` : `PONG ${token} ${clock}`
}

/** Parses the fields after `LINK`; undefined if they are not a greeting. The first three are the same in every version. */
export function parseGreeting(fields: readonly string[]): Greeting | undefined {
  const [version, from, to, incarnation, herd] = fields as readonly [string, string, string, string, string]
  if (fields.length < 3 || !/^[0-9]{1,9}$/.test(version)) return undefined
  if (version !== LINK_VERSION) return { version, from, to, incarnation: '', herd: '' }
  const isValid = fields.length === 5 && /^[0-9]{1,30}$/.test(incarnation) && /^[0-9a-f]{8}$/.test(herd)
  return isValid ? { version, from, to, incarnation, herd } : undefined
}

const REFUSAL = 'NOLINK'

/** Formats the refusal of a link, without line end; `why` is a clause such as `it is Oak`. */
export function formatLinkRefusal(why: string): string {
  return `${REFUSAL} ${why}`
}
