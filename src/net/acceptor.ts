import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'
import { formatAddress } from './connection.js'
import type { HerdKeys } from './herd-key.js'
import { CLIENT_IDLE_MS } from './limits.js'
import { LINK_OPENING, LINK_TLS, TLS_1_3, type Certificate } from './tls.js'
import { herdKeyErrorText, tlsErrorText, type TlsError } from './tls-error-text.js'

/** The first byte of TLS is the type of its first record, a handshake (RFC 8446, 5.1). No command begins with it. */
const TLS_OPENING = 0x16

/** A handshake takes two round trips, of up to 4 s each between servers: a peer that needs longer is not there. */
export const HANDSHAKE_TIMEOUT_MS = 10_000

/** What a server takes in beside plain connections: links by its herd keys, clients of TLS by its certificate. */
export interface Security {
  readonly keys?: HerdKeys | undefined
  readonly certificate?: Certificate | undefined
}

/**
 * What the owner of an acceptor is told. Sockets are handed over unread, and may be half-closed by their peers. `accepted` is the socket
 * that the acceptor was given, beneath the TLS.
 */
export interface AcceptorEvents {
  plain(socket: Socket): void
  /** A client of TLS. */
  client(socket: TLSSocket, accepted: Socket): void
  /** A server that has one of our herd keys; which server, its greeting must say. */
  link(socket: TLSSocket, accepted: Socket): void
  /** The connection of `who` is closed, without having become any of these. */
  refused(who: string, why: string): void
}

/** How long to wait for a first byte, and for a handshake. */
export interface AcceptorTimeouts {
  readonly silenceMs: number
  readonly handshakeMs: number
}

const PATIENCE: AcceptorTimeouts = { silenceMs: CLIENT_IDLE_MS, handshakeMs: HANDSHAKE_TIMEOUT_MS }

/** Finds out by its first byte what a connection is, and hands it over when its handshake, if any, is done. */
export class Acceptor {
  readonly #arrivals: AcceptorEvents
  readonly #patience: AcceptorTimeouts
  readonly #links: Server | undefined
  readonly #clients: Server | undefined
  /** Those not handed over yet, by their two addresses: node:tls has another socket for each, but with the same addresses. */
  readonly #pending = new Map<string, Socket>()

  constructor(
    { keys, certificate }: Security,
    arrivals: AcceptorEvents,
    patience: AcceptorTimeouts = PATIENCE,
  ) {
    this.#arrivals = arrivals
    this.#patience = patience
    if (keys) {
      const pskCallback = (_: TLSSocket, identity: string): Buffer | null => keys.find(identity)
      this.#links = this.#handshakes({ ...LINK_TLS, pskCallback }, 'link', herdKeyErrorText)
    }
    if (certificate) this.#clients = this.#handshakes({ ...TLS_1_3, ...certificate }, 'client', tlsErrorText)
  }

  /** Takes in a socket that nobody has read from. */
  accept(socket: Socket): void {
    if (!this.#links && !this.#clients) {
      this.#arrivals.plain(socket)
      return
    }
    const who = peerOf(socket)
    const route = routeOf(socket)
    const giveUp = (): void => {
      socket.destroy()
    }
    this.#pending.set(route, socket)
    socket.setTimeout(this.#patience.silenceMs)
    socket.once('timeout', giveUp)
    // The end of the connection says what there is to say.
    socket.on('error', giveUp)
    socket.once('close', () => {
      this.#refuse(route, who, 'it closed before it sent anything that shows what it is')
    })
    socket.once('readable', () => {
      socket.off('timeout', giveUp).setTimeout(0)
      this.#sort(route, socket)
    })
  }

  /** Closes an accepted socket unless it has been handed over. Returns whether it was closed. */
  refuse(socket: Socket, why: string): boolean {
    const route = routeOf(socket)
    if (this.#pending.get(route) !== socket) return false
    this.#refuse(route, peerOf(socket), why)
    socket.destroy()
    return true
  }

  /** Clients of TLS that come from now on are shown this certificate. Without one at the start, they are not taken in. */
  renewCertificate(certificate: Certificate): void {
    this.#clients?.setSecureContext({ ...TLS_1_3, ...certificate })
  }

  /** Closes those who have not been handed over, so that nobody will be. */
  close(): void {
    const sockets = [...this.#pending.values()]
    this.#pending.clear()
    for (const socket of sockets) socket.destroy()
  }

  #sort(route: string, socket: Socket): void {
    // Nothing is read when the first that comes is the end.
    const first = socket.read(1) as Buffer | null
    const links = first?.[0] === LINK_OPENING ? this.#links : undefined
    const clients = first?.[0] === TLS_OPENING ? this.#clients : undefined
    // The opening of a link is not of its TLS.
    if (first && !links) socket.unshift(first)
    const handshakes = links ?? clients
    if (handshakes) {
      // Who closes in the midst of a handshake will not end it.
      socket.allowHalfOpen = false
      handshakes.emit('connection', socket)
    } else {
      this.#pending.delete(route)
      this.#arrivals.plain(socket)
    }
  }

  /** A TLS server that does not listen, but is given its connections. */
  #handshakes(options: TlsOptions, kind: 'link' | 'client', words: (error: TlsError) => string): Server {
    const handshakeTimeout = this.#patience.handshakeMs
    const server = createServer({ ...options, handshakeTimeout }, (socket) => {
      const route = routeOf(socket)
      const accepted = this.#pending.get(route)
      // A connection whose addresses are no longer known has just been reset.
      if (!accepted) {
        socket.destroy()
        return
      }
      this.#pending.delete(route)
      socket.allowHalfOpen = true
      this.#arrivals[kind](socket, accepted)
    })
    server.on('tlsClientError', (error, socket) => {
      this.#refuse(routeOf(socket), peerOf(socket), words(error))
      socket.destroy()
    })
    return server
  }

  #refuse(route: string, who: string, why: string): void {
    if (this.#pending.delete(route)) this.#arrivals.refused(who, why)
  }
}

/** Both addresses of a connection: a peer may connect from one port to several of our addresses. */
function routeOf(socket: Socket): string {
  const { localAddress = 'unknown', localPort = 0 } = socket
  return `${peerOf(socket)} ${formatAddress(localAddress, localPort)}`
}

function peerOf({ remoteAddress = 'unknown', remotePort = 0 }: Socket): string {
  return formatAddress(remoteAddress, remotePort)
}
