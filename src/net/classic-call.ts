import { connect } from 'node:net'
import type { Address } from './dial.js'
import { systemResolver } from './resolver.js'
import { socketErrorText } from './socket-error-text.js'

/** The progress of a call. Each function but `received` is called at most once, in this order. */
export interface ClassicCallEvents {
  connected(): void
  /** The text and the end of our side are sent. */
  halfClosed(): void
  /** Bytes have come. Without this function, they are dropped. */
  received?(bytes: Uint8Array): void
  /** The connection has ended; `why` is the reason in words if it failed. */
  closed(why: string | undefined): void
}

/** Ends a call at once, without a further event. */
export interface ClassicCall {
  destroy(): void
}

/**
 * Connects to a classic server, sends latin1 text and half-closes. There is no timeout: the caller
 * destroys the call.
 */
export function callClassic(address: Address, text: string, events: ClassicCallEvents): ClassicCall {
  const socket = connect({ ...address, lookup: systemResolver.lookup, allowHalfOpen: true })
  let why: string | undefined
  const closed = (): void => {
    events.closed(why)
  }
  socket.on('error', (error) => (why ??= socketErrorText(error)))
  socket.once('connect', () => {
    events.connected()
  })
  socket.once('finish', () => {
    events.halfClosed()
  })
  socket.once('close', closed)
  socket.on('data', (bytes: Buffer) => events.received?.(bytes))
  socket.end(text, 'latin1')
  return {
    destroy: () => {
      socket.off('close', closed)
      socket.destroy()
    },
  }
}
