import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { formatAddress } from '../net/connection.js'
import type { Address } from '../net/dial.js'
import { listenWith } from '../net/listen.js'
import type { ClientRequests } from '../server/client-requests.js'
import type { HttpListener } from '../server/server-options.js'
import { ByteBudget } from './byte-budget.js'
import * as limits from './http-limits.js'
import { problemReply, type HttpReply } from './http-reply.js'
import { formatProblem, problem, PROBLEM_TYPE, type Problem } from './problem.js'
import type { AskedServer, WebApi } from './web-api.js'

export interface HttpListenerParts {
  readonly requests: ClientRequests
  readonly address: Address
  /** The server's host in the topology. */
  readonly topologyHost: string
  /** Loads what answers requests, at the first of them. */
  readonly loadApi: () => Promise<Pick<WebApi, 'answer'>>
  /** Reports what has failed, in words. The server goes on. */
  readonly onFault: (why: string) => void
}

/** A connection, and its requests that are not answered. */
interface HttpConnection {
  unanswered: number
  /** Resolves when the requests so far are answered. */
  last: Promise<void>
}

// The responses of all servers of a process share the memory.
const budget = new ByteBudget(limits.MAX_BUFFERED_BYTES)

const FAILED = problem(500, 'the server has failed to answer; its log says why')
const FULL = problem(503, 'the memory for responses is taken', { headers: { 'retry-after': '1' } })

/** Listens for HTTP. Rejects with a PersonError when that fails. */
export async function listenHttp(parts: HttpListenerParts): Promise<HttpListener> {
  const listener = new WebListener(parts)
  await listener.listen()
  return listener
}

class WebListener implements HttpListener {
  readonly #parts: HttpListenerParts
  readonly #asked: AskedServer
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  readonly #connections = new WeakMap<Socket, HttpConnection>()
  /** Of the requests that are being answered. */
  readonly #aborts = new Set<AbortController>()
  #isStopping = false

  constructor(parts: HttpListenerParts) {
    const { requests, topologyHost } = parts
    this.#parts = parts
    this.#asked = { requests, topologyHost, isStopping: () => this.#isStopping, budget }
  }

  async listen(): Promise<void> {
    const { requests, address, onFault } = this.#parts
    const { server, log } = requests
    const purpose = 'listen for HTTP'
    const make = (): Server => this.#makeServer()
    const listening = await listenWith({ server, purpose, make, failed: onFault }, address)
    for (const { address } of listening) {
      const where = `http://${formatAddress(address.host, address.port)}`
      log.write({ kind: 'server', what: 'listening', address: where })
    }
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#isStopping = true
    for (const abort of this.#aborts) abort.abort()
    const closed = this.#servers.map((server) => new Promise<unknown>((resolve) => server.close(resolve)))
    for (const socket of this.#sockets) if (this.#connectionOf(socket).unanswered === 0) socket.destroy()
    const timeout = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, timeoutMs)
    await Promise.all(closed)
    clearTimeout(timeout)
  }

  #makeServer(): Server {
    const server = createServer({
      maxHeaderSize: limits.MAX_HEADER_BYTES,
      headersTimeout: limits.HEADER_TIMEOUT_MS,
      requestTimeout: limits.REQUEST_TIMEOUT_MS,
      keepAliveTimeout: limits.KEEP_ALIVE_MS,
      connectionsCheckingInterval: limits.TIMEOUT_CHECK_MS,
      // We answer these with a problem, as all others.
      requireHostHeader: false,
    })
    server.maxConnections = limits.MAX_HTTP_CONNECTIONS
    server.timeout = limits.STALLED_MS
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      this.#connections.set(socket, { unanswered: 0, last: Promise.resolve() })
      socket.once('close', () => {
        this.#sockets.delete(socket)
        this.#parts.requests.forgetPlaces(socket)
      })
    })
    server.on('request', (message, response) => {
      this.#queue(message, response)
    })
    server.on('clientError', refuseMalformed)
    this.#servers.push(server)
    return server
  }

  #connectionOf(socket: Socket): HttpConnection {
    return this.#connections.get(socket) as HttpConnection
  }

  /** Answers the requests of a connection one after another, so that it has one response in memory at most. */
  #queue(message: IncomingMessage, response: ServerResponse): void {
    const { socket } = message
    const connection = this.#connectionOf(socket)
    connection.unanswered += 1
    if (connection.unanswered > limits.MAX_PIPELINED) {
      socket.destroy()
      return
    }
    connection.last = connection.last.then(async () => {
      await this.#answer(message, response)
      connection.unanswered -= 1
      if (connection.unanswered === 0 && this.#isStopping) socket.destroySoon()
    })
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const closed = new Promise<void>((resolve) => response.once('close', resolve))
    if (message.socket.destroyed) return
    // Not `AbortSignal.any` with a signal of the listener, which would keep what each request adds to it.
    const abort = new AbortController()
    this.#aborts.add(abort)
    response.once('close', () => {
      this.#aborts.delete(abort)
      abort.abort()
    })
    const answered = await this.#replyTo(message, abort.signal)
    // The connection is lost.
    if (!answered) return
    const isRoom = budget.take(answered.body.length)
    const reply = isRoom ? answered : problemReply(FULL)
    if (this.#isStopping) response.setHeader('connection', 'close')
    this.#log(message, reply.status)
    write(response, reply)
    await closed
    if (isRoom) budget.give(answered.body.length)
  }

  async #replyTo(message: IncomingMessage, signal: AbortSignal): Promise<HttpReply | undefined> {
    try {
      const api = await this.#parts.loadApi()
      return await api.answer(this.#asked, message, signal)
    } catch (error) {
      if (message.socket.destroyed) return undefined
      this.#parts.onFault(`${message.method} over HTTP has failed: ${String(error)}`)
      return problemReply(FAILED)
    }
  }

  #log({ socket, method = '', url = '' }: IncomingMessage, status: number): void {
    const who = formatAddress(socket.remoteAddress, socket.remotePort)
    const path = url.replace(/\?.*$/s, '')
    this.#parts.requests.log.write({ kind: 'http', who, method, path, status })
  }
}

function write(response: ServerResponse, { status, headers, body, stream }: HttpReply): void {
  response.writeHead(status, {
    ...headers,
    'x-content-type-options': 'nosniff',
    // A response with this status has no body, and the length would be that of another one.
    ...(status !== 304 && !stream && { 'content-length': body.length }),
  })
  if (stream) stream(response)
  else response.end(body)
}

/** The codes of errors for which there are better words. */
const MALFORMED: ReadonlyMap<string | undefined, Problem> = new Map([
  ['HPE_HEADER_OVERFLOW', problem(431, `the header has more than ${limits.MAX_HEADER_BYTES} bytes`)],
  ['ERR_HTTP_REQUEST_TIMEOUT', problem(408, 'the request took too long to arrive')],
])

/** Answers what is no HTTP request. Nothing after it can be read, so the connection ends. */
function refuseMalformed(
  error: NodeJS.ErrnoException,
  socket: Pick<Socket, 'end' | 'destroy' | 'writable' | 'bytesWritten'>,
): void {
  const refused = MALFORMED.get(error.code) ?? problem(400, 'this is not an HTTP request')
  const body = formatProblem(refused)
  const { status } = refused
  // A response may be under way, which a second one would break.
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  socket.end(
    `HTTP/1.1 ${status} ${statusText(body)}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}

function statusText(body: string): string {
  return (JSON.parse(body) as { readonly title: string }).title
}
