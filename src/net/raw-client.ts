import { connect, type Socket } from 'node:net'
import { PersonError } from '../person-error.js'
import { formatAddress } from './connection.js'
import { AuthReply } from './auth-reply.js'
import type { Address } from './dial.js'
import type { HerdKeys } from './herd-key.js'
import { connectTlsClient, connectWithKeys } from './tls.js'
import { herdKeyErrorText, tlsErrorText } from './tls-error-text.js'

/** Which server a client connects to, and how. */
export interface ServerAccess {
  /** The name of the server in error messages. */
  readonly server: string
  readonly address: Address
  /** Use TLS: the certificate of the server must be signed by `ca`, in PEM, or by an authority that Node trusts. */
  readonly tls?: { readonly ca: string | undefined } | undefined
  /** Authenticate with the herd key, as a server of the herd does. Takes precedence over `tls`. */
  readonly keys?: HerdKeys | undefined
  /** Shown to the server before anything else. */
  readonly token?: string | undefined
  /** The longest wait for the connection, and later for any byte while a reply is outstanding. */
  readonly timeoutMs: number
}

/** The server has closed the connection too early. */
export class ConnectionClosed extends PersonError {}

/** What a raw client asks of its owner, and reports to it. */
interface RawClientEvents {
  readonly connected: () => void
  /** The first `length` bytes of `bytes` have arrived. They are overwritten once this returns. */
  readonly received: (bytes: Buffer, length: number) => void
  /** Whether a reply is outstanding. Only then is a silent server a failure. */
  readonly isWaiting: () => boolean
  /** Whether the server may be silent although it has not replied to everything. */
  readonly mayBeSilent?: () => boolean
  /** Called once at most; the connection is closed. */
  readonly failed: (error: PersonError) => void
  /** The buffer of the socket is empty again after `write` returned false. */
  readonly drained?: () => void
  readonly closed?: () => void
}

const INBOX_BYTES = 64 * 1024

// All plain connections read into the same memory: a chunk is dealt with before the next one is read. A load generator reads a million
// replies per second, and new buffers would cost more than the parsing.
const inbox = Buffer.alloc(INBOX_BYTES)

const MILLISECONDS = 1_000

/**
 * A client's connection to a server, in bytes: it connects, watches for silence and explains failures, but knows nothing about commands and
 * replies. `Client` adds these; the load generator has its own, which count instead of parsing.
 */
export class RawClient {
  readonly #access: ServerAccess
  readonly #events: RawClientEvents
  readonly #socket: Socket
  /** Reads the answer to the token, until that has come. */
  #authReply: AuthReply | undefined
  #isConnected = false
  #isEnding = false
  #hasFailed = false
  /** Set by whatever arrives, so that a timeout can see that it came too early. */
  #hasProgressed = false

  constructor(access: ServerAccess, events: RawClientEvents) {
    this.#access = access
    this.#events = events
    const { socket, connected } = open(access, (bytes, length) => {
      this.#hasProgressed = true
      if (this.#authReply) this.#readAuthReply(this.#authReply, bytes, length)
      else events.received(bytes, length)
    })
    this.#socket = socket
    const { token } = access
    if (token !== undefined) this.#authReply = new AuthReply(token)
    // Before anything that the owner writes. Nothing may be written before the handshake of TLS, see `Client`.
    if (!isInTls(access)) this.#showToken()
    this.#socket.setNoDelay(true)
    this.#socket.setTimeout(access.timeoutMs)
    this.#socket.on('timeout', () => {
      this.#fellSilent()
    })
    this.#socket.on(connected, () => {
      this.#hasProgressed = true
      if (isInTls(access)) this.#showToken()
      if (!this.#authReply) this.#ready()
    })
    this.#socket.on('drain', () => events.drained?.())
    this.#socket.on('error', (error) => {
      // Once everything is answered, it does not matter how the server closes the connection.
      if (!this.#isConnected || events.isWaiting()) this.#report(explain(access, error, this.#isConnected))
    })
    // A connection with a herd key stays half open when the server closes, as a link does; a client has no use for that.
    this.#socket.on('end', () => this.#socket.end())
    this.#socket.on('close', () => {
      if (!this.#isEnding || events.isWaiting()) this.#report(new ConnectionClosed(this.#closedEarly))
      events.closed?.()
    })
  }

  /** Sends bytes; false if they have to wait in memory. They must not change until they are sent. */
  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes)
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** Whether written bytes wait in memory, and `drained` will follow. */
  get needsDrain(): boolean {
    return this.#socket.writableNeedDrain
  }

  get isClosed(): boolean {
    return this.#socket.closed
  }

  /** Closes this side of the connection when everything is sent. How long the server may leave its side open is for the owner to decide. */
  end(): void {
    this.#isEnding = true
    this.#socket.end()
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Gives the server up: what it sent is wrong. */
  fail(message: string, hint?: string): void {
    this.#report(new PersonError(message, hint))
  }

  /** Gives the server up: it takes too long. */
  timeOut(): void {
    const { server, timeoutMs } = this.#access
    const hint = 'wait longer with --timeout, or ask another server'
    this.fail(`${server} gave no answer within ${timeoutMs / MILLISECONDS} s`, hint)
  }

  #showToken(): void {
    const { token } = this.#access
    if (token !== undefined) this.#socket.write(`AUTH ${token}\n`)
  }

  #readAuthReply(authReply: AuthReply, bytes: Buffer, length: number): void {
    const outcome = authReply.push(bytes, length)
    const { server } = this.#access
    switch (outcome.kind) {
      case 'pending':
        return
      case 'done': {
        this.#authReply = undefined
        this.#ready()
        const rest = Buffer.from(bytes.subarray(outcome.end, length))
        if (rest.length > 0) this.#events.received(rest, rest.length)
        return
      }
      case 'refused':
        this.fail(
          `${server} refuses the token`,
          'servers take tokens of their own file, from other machines only over TLS',
        )
        return
      case 'needs TLS':
        this.fail(`${server} accepts TLS only`, 'connect with --tls')
        return
      case 'foreign':
        this.fail(`${server} is not a herd server: it does not answer AUTH as one`)
    }
  }

  #ready(): void {
    this.#isConnected = true
    this.#events.connected()
  }

  #report(error: PersonError): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#socket.destroy()
    this.#events.failed(error)
  }

  get #closedEarly(): string {
    const { server } = this.#access
    return `${server} closed the connection${this.#isWaiting ? ' before it answered' : ''}`
  }

  get #isWaiting(): boolean {
    const { isWaiting, mayBeSilent } = this.#events
    return isWaiting() && mayBeSilent?.() !== true
  }

  #fellSilent(): void {
    if (this.#isConnected && !this.#isWaiting) return
    this.#hasProgressed = false
    // If this process itself was held up, the answer may have arrived meanwhile: it is read before the check.
    setImmediate(() => {
      if (!this.#hasProgressed) this.timeOut()
    })
  }
}

function isInTls({ keys, tls }: ServerAccess): boolean {
  return keys !== undefined || tls !== undefined
}

/** `connected` is the name of the event that follows when the connection is ready. */
function open(
  { address, tls, keys }: ServerAccess,
  received: (bytes: Buffer, length: number) => void,
): { socket: Socket; connected: string } {
  if (!keys && !tls) {
    const callback = (length: number): boolean => {
      received(inbox, length)
      return true
    }
    return { socket: connect({ ...address, onread: { buffer: inbox, callback } }), connected: 'connect' }
  }
  const socket = keys ? connectWithKeys(address, keys) : connectTlsClient(address, tls?.ca)
  socket.on('data', (bytes: Buffer) => {
    received(bytes, bytes.length)
  })
  return { socket, connected: 'secureConnect' }
}

/** Errors of a connection that the server has closed while something was under way. */
const CLOSED = /^(ECONNRESET|EPIPE)$/

function explain(
  { server, address: { host, port }, keys }: ServerAccess,
  error: NodeJS.ErrnoException,
  isConnected: boolean,
): PersonError {
  const at = formatAddress(host, port)
  if (error.code !== 'ECONNREFUSED') {
    const where = server === at ? at : `${server} at ${at}`
    const why = `cannot talk to ${where}: ${keys ? herdKeyErrorText(error) : tlsErrorText(error)}`
    const isClosed = isConnected && CLOSED.test(String(error.code))
    return isClosed ? new ConnectionClosed(why) : new PersonError(why)
  }
  // An address is no name, so nothing can be started with it.
  if (server === at) return new PersonError(`nobody listens on ${at}`)
  return new PersonError(
    `nobody listens on ${at}, so ${server} cannot answer`,
    `start it with "proxyherd serve ${server}", or all servers with "proxyherd herd up"`,
  )
}
