import { connect, type Socket } from 'node:net'
import { PersonError } from '../person-error.js'
import { ReplyReader, type Reply } from '../protocol/replies.js'
import { formatAddress } from './connection.js'
import type { Address } from './dial.js'
import type { HerdKeys } from './herd-key.js'
import { connectTlsClient, connectWithKeys } from './tls.js'
import { herdKeyErrorText, tlsErrorText } from './tls-error-text.js'

/** A reply with 20 places has some 30 KiB; one that grows beyond this comes from no server of ours. */
export const MAX_REPLY_BYTES = 8 * 1024 * 1024

export interface ClientOptions {
  /** What errors call the server. */
  readonly server: string
  readonly address: Address
  /** To talk TLS: to a server whose certificate `ca`, in PEM, vouches for, or an authority that Node trusts. */
  readonly tls?: { readonly ca: string | undefined } | undefined
  /** To be heard like a server of the herd: in TLS by its key, whatever `tls` says. */
  readonly keys?: HerdKeys | undefined
  /** How long to wait for a connection, and then for the server to go on with a reply. */
  readonly timeoutMs: number
  /** Replies, in the order of the commands. */
  readonly onReply: (reply: Reply) => void
}

/** A client's connection to a server. Every method throws or rejects with a PersonError when the server fails it. */
export class Client {
  readonly #options: ClientOptions
  readonly #socket: Socket
  readonly #reader = new ReplyReader()
  #isConnected = false
  #isEnding = false
  #failure: PersonError | undefined
  readonly #waiters: (() => void)[] = []

  constructor(options: ClientOptions) {
    this.#options = options
    const { timeoutMs } = options
    const { socket, connected } = open(options)
    this.#socket = socket
    this.#socket.setNoDelay(true)
    this.#socket.setEncoding('latin1')
    this.#socket.setTimeout(timeoutMs, () => {
      this.#timeOut()
    })
    this.#socket.on('data', (text: string) => {
      this.#read(text)
    })
    this.#socket.on('drain', () => {
      this.#wake()
    })
    this.#socket.on('error', (error) => {
      // Once all is answered, it does not matter how the server hangs up.
      if (!this.#isConnected || this.#reader.outstanding > 0) this.#fail(unreachable(options, error))
    })
    this.#socket.on(connected, () => {
      this.#isConnected = true
      this.#wake()
    })
    // What is dialled like a link stays half open when the server closes; a client has no use for that.
    this.#socket.on('end', () => this.#socket.end())
    this.#socket.on('close', () => {
      if (!this.#isEnding || this.#reader.outstanding > 0)
        this.#fail(new PersonError(`${options.server} closed the connection before its answer`))
      this.#wake()
    })
  }

  /** Sends a command line, without its line end. Resolves when more may be sent. */
  async send(line: string): Promise<void> {
    this.#reader.expect(line)
    // What is written while a TLS handshake fails is told of first, in the words of OpenSSL.
    await this.#until(() => this.#isConnected)
    if (!this.#socket.write(`${line}\n`, 'latin1')) await this.#until(() => !this.#socket.writableNeedDrain)
  }

  /** Resolves when all that was sent has been answered. */
  async answered(): Promise<void> {
    await this.#until(() => this.#reader.outstanding === 0)
  }

  /** Closes when all that was sent has been answered. */
  async end(): Promise<void> {
    await this.answered()
    this.#isEnding = true
    this.#socket.end()
    await this.#until(() => this.#socket.closed)
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Never resolves; rejects when the server fails this client, also while nothing is asked of it. */
  lost(): Promise<void> {
    return this.#until(() => false)
  }

  async #until(reached: () => boolean): Promise<void> {
    while (!this.#failure && !reached()) await new Promise<void>((resolve) => this.#waiters.push(resolve))
    if (this.#failure) throw this.#failure
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake()
  }

  #read(text: string): void {
    for (const reply of this.#reader.push(text)) this.#options.onReply(reply)
    if (this.#reader.unreadBytes > MAX_REPLY_BYTES)
      this.#fail(new PersonError(`${this.#options.server} sent a reply of over ${MAX_REPLY_BYTES} bytes`))
    this.#wake()
  }

  #timeOut(): void {
    const { server, timeoutMs } = this.#options
    const isWaiting = !this.#isConnected || this.#reader.outstanding > 0 || this.#isEnding
    if (!isWaiting) return
    const hint = 'wait longer with --timeout, or ask another server'
    this.#fail(new PersonError(`${server} gave no answer within ${timeoutMs / 1_000} s`, hint))
  }

  #fail(failure: PersonError): void {
    this.#failure ??= failure
    this.#socket.destroy()
    this.#wake()
  }
}

/** `connected` is the event that tells that it is. */
function open({ address, tls, keys }: ClientOptions): { socket: Socket; connected: string } {
  if (keys) return { socket: connectWithKeys(address, keys), connected: 'secureConnect' }
  if (tls) return { socket: connectTlsClient(address, tls.ca), connected: 'secureConnect' }
  return { socket: connect({ ...address }), connected: 'connect' }
}

function unreachable(
  { server, address: { host, port }, keys }: ClientOptions,
  error: NodeJS.ErrnoException,
): PersonError {
  const at = formatAddress(host, port)
  if (error.code !== 'ECONNREFUSED') {
    const why = keys ? herdKeyErrorText(error) : tlsErrorText(error)
    return new PersonError(`${server} at ${at} cannot be asked: ${why}`)
  }
  return new PersonError(
    `nobody listens on ${at}, so ${server} cannot answer`,
    `start it with "proxyherd serve ${server}", or all servers with "proxyherd herd up"`,
  )
}
