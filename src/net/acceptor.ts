import type { Socket } from 'node:net'
import type { Server, TLSSocket, TlsOptions } from 'node:tls'
import { formatAddress } from './connection.js'
import type { HerdKeys } from './herd-key.js'
import { CLIENT_IDLE_MS } from './limits.js'
import { LINK_OPENING, LINK_TLS, nodeTls, TLS_1_3, type Certificate } from './tls.js'
import { herdKeyErrorText, tlsErrorText, type TlsError } from './tls-error-text.js'

/** The first byte of TLS: the type of a handshake record (RFC 8446, 5.1). No command starts with it. */
const TLS_OPENING = 0x16

/** A handshake takes two round trips of up to 4 s each between servers. */
const HANDSHAKE_TIMEOUT_MS = 10_000

/** What a server accepts besides plain connections: with herd keys, links in TLS; with a certificate, clients in TLS. */
export interface Security {
  readonly keys?: HerdKeys | undefined
  readonly certificate?: Certificate | undefined
  /** Whether connections without TLS are refused. There must be a certificate then. */
  readonly tlsOnly?: boolean
}

/**
 * How the owner of an acceptor receives connections. Nothing has been read from the sockets, and their peers may half-close them. `accepted`
 * is the socket below the TLS, as given to the acceptor.
 */
export interface AcceptorEvents {
  plain(socket: Socket): void
  /** A client in TLS. */
  client(socket: TLSSocket, accepted: Socket): void
  /** A server that has one of our herd keys. Its greeting will say which server it is. */
  link(socket: TLSSocket, accepted: Socket): void
  /** The connection of `who` closed before it became one of these. */
  refused(who: string, why: string): void
}

/** How long the acceptor waits for the first byte, and for a handshake. */
export interface AcceptorTimeouts {
  readonly silenceMs: number
  readonly handshakeMs: number
}

const TIMEOUTS: AcceptorTimeouts = { silenceMs: CLIENT_IDLE_MS, handshakeMs: HANDSHAKE_TIMEOUT_MS }

/** Detects the protocol of a connection by its first byte, completes a TLS handshake if there is one, and hands the connection over. */
export class Acceptor {
  readonly #events: AcceptorEvents
  readonly #timeouts: AcceptorTimeouts
  readonly #links: Server | undefined
  readonly #clients: Server | undefined
  /** Connections not handed over yet, by their two addresses. The sockets of node:tls are other objects, but have the same addresses. */
  readonly #pending = new Map<string, Socket>()

  constructor(
    { keys, certificate }: Security,
    events: AcceptorEvents,
    timeouts: AcceptorTimeouts = TIMEOUTS,
  ) {
    this.#events = events
    this.#timeouts = timeouts
    if (keys) {
      const pskCallback = (_: TLSSocket, identity: string): Uint8Array | null => keys.find(identity)
      this.#links = this.#handshakes({ ...LINK_TLS, pskCallback }, 'link', herdKeyErrorText)
    }
    if (certificate) this.#clients = this.#handshakes({ ...TLS_1_3, ...certificate }, 'client', tlsErrorText)
  }

  /** Accepts a socket that nothing has been read from. */
  accept(socket: Socket): void {
    if (!this.#links && !this.#clients) {
      this.#events.plain(socket)
      return
    }
    const who = peerOf(socket)
    const route = routeOf(socket)
    const giveUp = (): void => {
      socket.destroy()
    }
    this.#pending.set(route, socket)
    socket.setTimeout(this.#timeouts.silenceMs)
    socket.once('timeout', giveUp)
    // The close event follows, and reports the reason.
    socket.on('error', giveUp)
    socket.once('close', () => {
      this.#refuse(route, who, 'it closed before its protocol was known')
    })
    socket.once('readable', () => {
      socket.off('timeout', giveUp).setTimeout(0)
      this.#detect(route, socket)
    })
  }

  /** Closes a socket unless it has been handed over. Returns whether it was closed. */
  refuse(socket: Socket, why: string): boolean {
    const route = routeOf(socket)
    if (this.#pending.get(route) !== socket) return false
    this.#refuse(route, peerOf(socket), why)
    socket.destroy()
    return true
  }

  /** Uses a new certificate for new TLS clients. Has no effect if the acceptor started without a certificate. */
  renewCertificate(certificate: Certificate): void {
    this.#clients?.setSecureContext({ ...TLS_1_3, ...certificate })
  }

  /** Closes all connections that have not been handed over. */
  close(): void {
    const sockets = [...this.#pending.values()]
    this.#pending.clear()
    for (const socket of sockets) socket.destroy()
  }

  #detect(route: string, socket: Socket): void {
    // This is null if the peer closes before it sends anything.
    const first = socket.read(1) as Buffer | null
    const links = first?.[0] === LINK_OPENING ? this.#links : undefined
    const clients = first?.[0] === TLS_OPENING ? this.#clients : undefined
    // The opening byte of a link comes before its TLS and is dropped.
    if (first && !links) socket.unshift(first)
    const handshakes = links ?? clients
    if (handshakes) {
      // A peer that closes its side during the handshake cannot complete it.
      socket.allowHalfOpen = false
      handshakes.emit('connection', socket)
    } else {
      this.#pending.delete(route)
      this.#events.plain(socket)
    }
  }

  /** Creates a TLS server that does not listen, but is given connections. */
  #handshakes(options: TlsOptions, kind: 'link' | 'client', errorText: (error: TlsError) => string): Server {
    const handshakeTimeout = this.#timeouts.handshakeMs
    const server = nodeTls().createServer({ ...options, handshakeTimeout }, (socket) => {
      const route = routeOf(socket)
      const accepted = this.#pending.get(route)
      // A connection that was just reset no longer knows its addresses.
      if (!accepted) {
        socket.destroy()
        return
      }
      this.#pending.delete(route)
      socket.allowHalfOpen = true
      this.#events[kind](socket, accepted)
    })
    server.on('tlsClientError', (error, socket) => {
      this.#refuse(routeOf(socket), peerOf(socket), errorText(error))
      socket.destroy()
    })
    return server
  }

  #refuse(route: string, who: string, why: string): void {
    if (this.#pending.delete(route)) this.#events.refused(who, why)
  }
}

/** Both addresses of a connection, since a peer may connect from one port to several of our addresses. */
function routeOf(socket: Socket): string {
  const { localAddress = 'unknown', localPort = 0 } = socket
  return `${peerOf(socket)} ${formatAddress(localAddress, localPort)}`
}

function peerOf({ remoteAddress = 'unknown', remotePort = 0 }: Socket): string {
  return formatAddress(remoteAddress, remotePort)
}
