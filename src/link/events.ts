import type { Command } from '../protocol/command.js'
import type { Greeting, NeighbourKind } from '../protocol/greeting.js'

/** The number of one connection of a link, ours or the neighbour's. */
export type CallId = number & { readonly brand: 'call' }

/** What has happened to one call of a link. */
export type CallEvent =
  /** A call of ours is connected; with a herd key, TLS follows. */
  | { readonly kind: 'connected'; readonly call: CallId }
  /** Lines can be sent on a call of ours. */
  | { readonly kind: 'ready'; readonly call: CallId }
  /** A line has come. On the call that carries the link only those need be given for which `isControl`. */
  | { readonly kind: 'line'; readonly call: CallId; readonly command: Command }
  /** The neighbour will send no more on a call. */
  | { readonly kind: 'halfClosed'; readonly call: CallId }
  /** A call is gone; `why` says so in words if it broke, or was never made. */
  | { readonly kind: 'closed'; readonly call: CallId; readonly why: string | undefined }

/** What has happened to a link. */
export type LinkEvent =
  | CallEvent
  /** The neighbour may be there: dial it now, unless it was dialled a moment ago. */
  | { readonly kind: 'dial' }
  /** The neighbour has called, and its first line is this greeting. */
  | { readonly kind: 'called'; readonly call: CallId; readonly greeting: Greeting }
  /** Time has passed. `heardAt` is when the last byte came on the call that is up; `isBacklogged` tells whether bytes wait to be sent on it. */
  | { readonly kind: 'time'; readonly heardAt: number; readonly isBacklogged: boolean }
  /** Never dial or answer again. The call that is up stays, for its owner to close. */
  | { readonly kind: 'stop' }

/** What is to be done, in this order. */
export type LinkEffect =
  | { readonly kind: 'dial'; readonly call: CallId }
  | { readonly kind: 'send'; readonly call: CallId; readonly line: string }
  /** The machine has forgotten the call. `flushed` sends what is left first. */
  | { readonly kind: 'close'; readonly call: CallId; readonly how: 'flushed' | 'at once' }
  /** The link is up on this call; `why` says what is not as it should be, or is empty. */
  | {
      readonly kind: 'up'
      readonly call: CallId
      readonly neighbour: NeighbourKind
      readonly why: string
    }
  /** The line of this event is for the owner of the link. */
  | { readonly kind: 'deliver' }
  /** The neighbour understands these words of ours. */
  | { readonly kind: 'features'; readonly words: ReadonlySet<string> }
  /** How long a message and its answer take, in milliseconds, with a margin for jitter. */
  | { readonly kind: 'roundTrip'; readonly ms: number }
  | { readonly kind: 'down'; readonly why: string }
  /** The neighbour cannot be reached; told once for each reason. */
  | { readonly kind: 'unreachable'; readonly why: string }

/** Whether a line on a call that is up is for the link itself: greetings, features and heartbeats. */
export function isControl({ kind }: Command): boolean {
  return (
    kind === 'ping' || kind === 'pong' || kind === 'features' || kind === 'greeting' || kind === 'linkRefusal'
  )
}
