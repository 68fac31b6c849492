import { connect, type Socket } from 'node:net'
import { PersonError } from '../person-error.js'
import { ReplyReader, type Reply } from '../protocol/replies.js'
import { formatAddress } from './connection.js'
import type { Address } from './dial.js'
import type { HerdKeys } from './herd-key.js'
import { connectTlsClient, connectWithKeys } from './tls.js'
import { herdKeyErrorText, tlsErrorText } from './tls-error-text.js'

/** A reply with 20 places has about 30 KiB. No proxyherd server sends a reply as long as this. */
const MAX_REPLY_BYTES = 8 * 1024 * 1024

export interface ClientOptions {
  /** The server's name, for error messages. */
  readonly server: string
  readonly address: Address
  /** Connects in TLS. The server's certificate must be signed by `ca`, in PEM, or else by an authority that Node trusts. */
  readonly tls?: { readonly ca: string | undefined } | undefined
  /** Connects like a server of the herd, in TLS with the herd key. Overrides `tls`. */
  readonly keys?: HerdKeys | undefined
  /** How long the client waits for the connection, and then for more of a reply. */
  readonly timeoutMs: number
  /** Called with each reply, in the order of the commands. */
  readonly onReply: (reply: Reply) => void
}

/** A client's connection to a server. Every method throws or rejects with a PersonError if the connection fails. */
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
      // Once every command is answered, it does not matter how the server closes.
      if (!this.#isConnected || this.#reader.outstanding > 0) this.#fail(unreachable(options, error))
    })
    this.#socket.on(connected, () => {
      this.#isConnected = true
      this.#wake()
    })
    // A socket that connects with herd keys allows half-open connections, which a client does not use.
    this.#socket.on('end', () => this.#socket.end())
    this.#socket.on('close', () => {
      if (!this.#isEnding || this.#reader.outstanding > 0)
        this.#fail(new PersonError(`${options.server} closed the connection before its answer`))
      this.#wake()
    })
  }

  /** Sends a command, given without its line end. Resolves when more can be sent. */
  async send(line: string): Promise<void> {
    this.#reader.expect(line)
    // If a TLS handshake fails after a write, the error of the write hides the one of the handshake.
    await this.#until(() => this.#isConnected)
    if (!this.#socket.write(`${line}\n`, 'latin1')) await this.#until(() => !this.#socket.writableNeedDrain)
  }

  /** Resolves when every command sent has been answered. */
  async answered(): Promise<void> {
    await this.#until(() => this.#reader.outstanding === 0)
  }

  /** Closes the connection when every command sent has been answered. */
  async end(): Promise<void> {
    await this.answered()
    this.#isEnding = true
    this.#socket.end()
    await this.#until(() => this.#socket.closed)
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Never resolves. Rejects when the connection fails, even while no command is outstanding. */
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

/** Starts to connect. `connected` is the name of the event when the connection can be used. */
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
    return new PersonError(`${server} at ${at} cannot be reached: ${why}`)
  }
  return new PersonError(
    `nobody listens on ${at}, so ${server} cannot answer`,
    `start it with "proxyherd serve ${server}", or all servers with "proxyherd herd up"`,
  )
}
