import { formatGreeting, LINK_VERSION } from '../protocol/greeting.js'
import type { CallId } from './events.js'

/** The options of a link. */
export interface LinkMachineOptions {
  /** This server's name and the neighbour's. */
  readonly server: string
  readonly neighbour: string
  /** Digits of a number that grows with each start of this server. */
  readonly incarnation: string
  /** The fingerprint of the topology. */
  readonly herd: string
  /** Whether the neighbour must be proxyherd, because a herd key is set or the topology says so. */
  readonly mustGreet: boolean
  /** Whether the address of the neighbour is known; if not, the neighbour has to dial. */
  readonly canDial: () => boolean
  /** Returns 0 to 1, so that servers do not dial at the same time. */
  readonly random: () => number
  /** Returns what the clock of this server shows, in microseconds since 1970. Heartbeats compare it with that of the neighbour. */
  readonly clockUs: () => number
}

/** The call that carries a link, when the link came up, and what heartbeats have measured so far. */
export interface LiveCall {
  readonly call: CallId
  readonly since: number
  readonly roundTripMs: number | undefined
  /** By how much the neighbour's clock is ahead. */
  readonly clockOffsetMs: number | undefined
}

/** The greeting of this server, without line end. */
export function greetingOf({ server, neighbour, incarnation, herd }: LinkMachineOptions): string {
  return formatGreeting({ version: LINK_VERSION, from: server, to: neighbour, incarnation, herd })
}
