import { connect } from 'node:net'
import type { Address } from './dial.js'
import { systemResolver } from './resolver.js'
import { socketErrorText } from './socket-error-text.js'

/** The progress of a call, in this order. Each function is called at most once. */
export interface ClassicCallEvents {
  connected(): void
  /** The text and the end of our side are sent. */
  halfClosed(): void
  /** The connection has ended; `why` is the reason in words if it failed. */
  closed(why: string | undefined): void
}

/** Ends a call at once, without a further event. */
export interface ClassicCall {
  destroy(): void
}

/**
 * Connects to a classic server, sends latin1 text and half-closes. What the server sends is read and dropped. There is no timeout: the caller
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
  socket.resume()
  socket.end(text, 'latin1')
  return {
    destroy: () => {
      socket.off('close', closed)
      socket.destroy()
    },
  }
}
