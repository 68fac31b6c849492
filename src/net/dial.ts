import { connect, type Socket } from 'node:net'
import { Connection } from './connection.js'
import type { HerdKeys } from './herd-key.js'
import { MAX_LINK_LINE_BYTES } from './limits.js'
import { systemResolver } from './resolver.js'
import { startLinkTls } from './tls.js'
import { herdKeyErrorText } from './tls-error-text.js'
import { socketErrorText } from './socket-error-text.js'

/** Where a server can be reached. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The progress of a dial, in this order. Each function is called at most once. */
export interface DialEvents {
  /** The socket is connected. With herd keys, TLS follows. */
  connected(): void
  /** Lines can be exchanged. */
  ready(connection: Connection): void
  /** The dial failed. `why` is text for people. */
  failed(why: string): void
}

/**
 * Dials a neighbour. With herd keys, the neighbour must have one of them. There is no timeout: the caller cancels the dial with the function
 * returned, which must not be called after `ready`.
 */
export function dial(address: Address, keys: HerdKeys | undefined, events: DialEvents): () => void {
  const errors: string[] = []
  const fail = (): void => {
    // The first of several errors is the cause.
    events.failed([...errors, 'it closed the connection'][0] as string)
  }
  const errorText = keys ? herdKeyErrorText : socketErrorText
  const watch = (socket: Socket): Socket => {
    socket.on('error', (error: NodeJS.ErrnoException) => errors.push(errorText(error)))
    return socket.once('close', fail)
  }
  const ready = (): void => {
    socket.off('close', fail)
    events.ready(new Connection(socket, MAX_LINK_LINE_BYTES))
  }
  let socket = watch(connect({ ...address, lookup: systemResolver.lookup, allowHalfOpen: true }))
  socket.once('connect', () => {
    events.connected()
    if (!keys) {
      ready()
      return
    }
    // TLS starts only now, because Node may replace the underlying socket while it tries several addresses of a name.
    socket.off('close', fail)
    socket = watch(startLinkTls(socket, keys)).once('secureConnect', ready)
  })
  return () => {
    socket.off('close', fail)
    socket.destroy()
  }
}
