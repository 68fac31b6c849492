import type { StreamState } from './broker.js'

/** What happens to a carrier. */
export type CarrierEvent =
  | { readonly kind: 'start' }
  /** The connection is made, and live messages are received from now on. */
  | { readonly kind: 'connected' }
  /** The connection has ended, or could not be made. */
  | { readonly kind: 'closed'; readonly why: string }
  | { readonly kind: 'inspected'; readonly state: StreamState }
  /** The stream cannot be used, or its state was not found out. */
  | { readonly kind: 'uninspected'; readonly why: string }
  /** The messages of the stream up to this number have been read. */
  | { readonly kind: 'read'; readonly to: number }
  | { readonly kind: 'unread'; readonly why: string }
  /** Live messages of a carrier were or may have been missed, of which nothing was received for so long. */
  | { readonly kind: 'missed'; readonly silentMs: number }
  /** Messages may have been removed from the stream. */
  | { readonly kind: 'removed' }
  /** The clock was set back, so that reports were dropped too soon, which the stream may have. */
  | { readonly kind: 'setBack' }
  | { readonly kind: 'time' }

/** What a carrier is to do. */
export type CarrierEffect =
  | { readonly kind: 'dial' }
  /** Close the connection. The event `closed` is not needed. */
  | { readonly kind: 'hangUp' }
  /** Find out the state of the stream; create it if there is none. */
  | { readonly kind: 'inspect' }
  /** Read the messages of the stream with these numbers. */
  | { readonly kind: 'read'; readonly from: number; readonly to: number }
  /** Publish all reports that the stream turns out to lack: it may have lost any. */
  | { readonly kind: 'publishAll' }
  /** Publish a heartbeat, from which other carriers see what they have missed. */
  | { readonly kind: 'beat' }
