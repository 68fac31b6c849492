import type { Command } from '../protocol/command.js'
import type { Greeting } from '../protocol/greeting.js'

/** The number of one connection of a link, ours or the neighbour's. */
export type CallId = number & { readonly brand: 'call' }

/** An event of one call of a link. */
export type CallEvent =
  /** A call of ours is connected; with a herd key, TLS follows. */
  | { readonly kind: 'connected'; readonly call: CallId }
  /** A call of ours can send lines. */
  | { readonly kind: 'ready'; readonly call: CallId }
  /** A line has arrived. For the call that carries the link, only lines with `isControl` are needed. */
  | { readonly kind: 'line'; readonly call: CallId; readonly command: Command }
  /** The neighbour has closed its side of a call. */
  | { readonly kind: 'halfClosed'; readonly call: CallId }
  /** A call has ended; `why` is the reason if it failed or was never connected. */
  | { readonly kind: 'closed'; readonly call: CallId; readonly why: string | undefined }

/** An event of a link. */
export type LinkEvent =
  | CallEvent
  /** The neighbour may be reachable: dial it now, unless it was dialled a moment ago. */
  | { readonly kind: 'dial' }
  /** The neighbour has connected, and its first line is this greeting. */
  | { readonly kind: 'called'; readonly call: CallId; readonly greeting: Greeting }
  /** Time has passed. `heardAt` is when the last byte arrived on the live call; `isBacklogged` is whether bytes wait to be sent on it. */
  | { readonly kind: 'time'; readonly heardAt: number; readonly isBacklogged: boolean }
  /** Stop dialling and answering for good. The live call stays open, for its owner to close. */
  | { readonly kind: 'stop' }

/** What the owner of the machine must do, in this order. */
export type LinkEffect =
  | { readonly kind: 'dial'; readonly call: CallId }
  | { readonly kind: 'send'; readonly call: CallId; readonly line: string }
  /** Close the call. `flushed` sends what is left first. */
  | { readonly kind: 'close'; readonly call: CallId; readonly how: 'flushed' | 'at once' }
  /** The link is up on this call; `why` is a warning, or empty. */
  | { readonly kind: 'up'; readonly call: CallId; readonly why: string }
  /** The neighbour is a classic server, until the link is up, or down because it refuses to link. */
  | { readonly kind: 'classic' }
  /** The owner of the link must handle the line of this event. */
  | { readonly kind: 'deliver' }
  /** The neighbour supports these features. */
  | { readonly kind: 'features'; readonly words: ReadonlySet<string> }
  /** The round-trip time in milliseconds, with a margin for jitter. */
  | { readonly kind: 'roundTrip'; readonly ms: number }
  | { readonly kind: 'down'; readonly why: string }
  /** The neighbour cannot be reached; emitted once per reason. */
  | { readonly kind: 'unreachable'; readonly why: string }

/** Whether a line on the live call concerns the link itself: greetings, features and heartbeats. */
export function isControl({ kind }: Command): boolean {
  return (
    kind === 'ping' || kind === 'pong' || kind === 'features' || kind === 'greeting' || kind === 'linkRefusal'
  )
}
