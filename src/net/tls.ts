import { constants } from 'node:crypto'
import { connect as connectPlain, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Address } from './dial.js'
import type { HerdKeys } from './herd-key.js'
import { systemResolver } from './resolver.js'

/**
 * The byte that a secure link sends before its TLS: ASCII "data link escape". It selects the TLS server that accepts herd keys only; without
 * it, a connection goes to the one that uses the certificate only. So a client cannot become a link. A server without herd keys takes the byte
 * and the TLS after it for a command line and answers with plain text.
 */
export const LINK_OPENING = 0x10

/** TLS 1.3 always has forward secrecy, even with pre-shared keys, and supports half-closed connections. */
export const TLS_1_3 = { minVersion: 'TLSv1.3' } as const

/**
 * OpenSSL ties a pre-shared key to SHA-256, so the cipher must use it. Session tickets are off: with a ticket, a server could link again after
 * its herd key was removed.
 */
export const LINK_TLS = {
  ...TLS_1_3,
  ciphers: 'TLS_AES_128_GCM_SHA256',
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const

/** Loads node:tls at its first use: most servers have neither a key nor a certificate, and start sooner without it. */
export function nodeTls(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls')
}

/** A TLS certificate and its private key, in PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/**
 * Connects to a server that must have one of our herd keys, at the first address of its host. The socket emits `secureConnect` if it has;
 * otherwise `error`, which `herdKeyErrorText` explains.
 */
export function connectWithKeys(address: Address, keys: HerdKeys): TLSSocket {
  const { lookup } = systemResolver
  const socket = connectPlain({ ...address, lookup, allowHalfOpen: true, autoSelectFamily: false })
  socket.once('connect', () => socket.write(Uint8Array.of(LINK_OPENING)))
  return handshake(socket, keys)
}

/** Starts the TLS of a link on a connection to a server that must have one of our herd keys. */
export function startLinkTls(socket: Socket, keys: HerdKeys): TLSSocket {
  socket.write(Uint8Array.of(LINK_OPENING))
  return handshake(socket, keys)
}

function handshake(socket: Socket, keys: HerdKeys): TLSSocket {
  return nodeTls().connect({
    ...LINK_TLS,
    socket,
    pskCallback: () => keys.first(),
    // No certificate is accepted in place of a herd key.
    ca: [],
    rejectUnauthorized: true,
  })
}

/** Connects to a server whose certificate is signed by `ca`, in PEM, or else by an authority that Node trusts. */
export function connectTlsClient(address: Address, ca: string | undefined): TLSSocket {
  return nodeTls().connect({ ...address, ca })
}
