import { connect, type Socket } from 'node:net'
import { Connection } from './connection.js'
import type { HerdKeys } from './herd-key.js'
import { MAX_LINK_LINE_BYTES } from './limits.js'
import { systemResolver } from './resolver.js'
import { startLinkTls } from './tls.js'
import { herdKeyErrorText } from './tls-error-text.js'
import { socketErrorText } from './socket-error-text.js'

/** Where a server is reached. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** What becomes of dialling a neighbour, in this order; each at most once. */
export interface DialEvents {
  /** It is connected; with herd keys, TLS follows. */
  connected(): void
  /** Lines can be exchanged. */
  ready(connection: Connection): void
  /** Nothing came of it, `why` says so in words. */
  failed(why: string): void
}

/**
 * Dials a neighbour; with herd keys, one that has one of them. How long that may take is for the caller to decide: the function that it
 * returns gives the attempt up, until it is `ready`.
 */
export function dial(address: Address, keys: HerdKeys | undefined, events: DialEvents): () => void {
  const errors: string[] = []
  const fail = (): void => {
    // Of several errors the first is the cause.
    events.failed([...errors, 'it closed the connection'][0] as string)
  }
  const words = keys ? herdKeyErrorText : socketErrorText
  const watch = (socket: Socket): Socket => {
    socket.on('error', (error: NodeJS.ErrnoException) => errors.push(words(error)))
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
    // Not before it is connected: while Node tries several addresses of a name, the socket below would be another in the end.
    socket.off('close', fail)
    socket = watch(startLinkTls(socket, keys)).once('secureConnect', ready)
  })
  return () => {
    socket.off('close', fail)
    socket.destroy()
  }
}
