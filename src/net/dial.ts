import { connect, type Socket } from 'node:net'
import { Connection } from './connection.js'
import type { HerdKeys } from './herd-key.js'
import { MAX_LINK_LINE_BYTES } from './limits.js'
import { systemResolver } from './resolver.js'
import { dialSecurely } from './secure.js'
import { herdKeyWords } from './tls-words.js'
import { socketWords } from './words.js'

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
  const { socket, words } = open(address, keys, () => {
    events.connected()
  })
  let why = 'it closed the connection'
  const fail = (): void => {
    events.failed(why)
  }
  socket.once('error', (error: NodeJS.ErrnoException) => (why = words(error)))
  socket.once('close', fail)
  socket.once(keys ? 'secureConnect' : 'connect', () => {
    socket.off('close', fail)
    events.ready(new Connection(socket, MAX_LINK_LINE_BYTES))
  })
  return () => {
    socket.off('close', fail)
    socket.destroy()
  }
}

function open(address: Address, keys: HerdKeys | undefined, connected: () => void): Opened {
  if (keys) return { socket: dialSecurely(address, keys, connected), words: herdKeyWords }
  const socket = connect({ ...address, lookup: systemResolver.lookup, allowHalfOpen: true })
  socket.once('connect', connected)
  return { socket, words: socketWords }
}

interface Opened {
  readonly socket: Socket
  readonly words: (error: NodeJS.ErrnoException) => string
}
