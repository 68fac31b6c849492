import { formatGreeting, LINK_VERSION, type NeighbourKind } from '../protocol/greeting.js'
import type { CallId } from './events.js'

/** What a link is made with. */
export interface LinkMachineOptions {
  /** This server's name and the neighbour's. */
  readonly server: string
  readonly neighbour: string
  /** Digits that are a greater number each time this server starts. */
  readonly incarnation: string
  /** The fingerprint of the topology. */
  readonly herd: string
  /** Whether a herd key is set, so that the neighbour must be proxyherd. */
  readonly isKeyed: boolean
  /** Whether it is known where the neighbour listens; if not, the neighbour has to dial. */
  readonly canDial: () => boolean
  /** 0 to 1, to spread the dialling of servers. */
  readonly random: () => number
}

/** The call that carries a link, as what, and since when. */
export interface LiveCall {
  readonly call: CallId
  readonly neighbour: NeighbourKind
  readonly since: number
}

/** The line, without its line end, with which a server opens or answers a link. */
export function greetingOf({ server, neighbour, incarnation, herd }: LinkMachineOptions): string {
  return formatGreeting({ version: LINK_VERSION, from: server, to: neighbour, incarnation, herd })
}
