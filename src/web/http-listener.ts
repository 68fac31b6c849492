import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { formatAddress } from '../net/connection.js'
import type { Address } from '../net/dial.js'
import { listenWith } from '../net/listen.js'
import type { ClientRequests } from '../server/client-requests.js'
import type { HttpListener } from '../server/server-options.js'
import { ByteBudget } from './byte-budget.js'
import { endWithProblem } from './end-with-problem.js'
import { HttpConnections, type HttpConnection } from './http-connections.js'
import {
  CONNECTION_LIMITS,
  MAX_BUFFERED_BYTES,
  MAX_HEADER_BYTES,
  MAX_PIPELINED,
  MAX_REFUSED_CONNECTIONS,
  type ConnectionLimits,
} from './http-limits.js'
import { problemReply, type HttpReply } from './http-reply.js'
import { parseProblem, type ParseError } from './parse-problem.js'
import { problem, type Problem } from './problem.js'
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
  /** Other limits than the usual ones. */
  readonly limits?: Partial<ConnectionLimits>
}

/** What a client expects before it sends the body: nothing, a 100 (Continue), or something unknown. */
type Expectation = 'nothing' | 'continue' | 'unknown'

// The responses of all servers of a process share the memory.
const budget = new ByteBudget(MAX_BUFFERED_BYTES)

const RETRY = { headers: { 'retry-after': '1' } }
const FAILED = problem(500, 'the server has failed to answer; its log says why')
const FULL = problem(503, 'the memory for responses is taken', RETRY)
const CROWDED = problem(503, 'the server has too many connections', RETRY)
const TOO_MANY_AHEAD = problem(429, `more than ${MAX_PIPELINED} requests wait for their responses`, RETRY)
const NO_PROXY = problem(501, 'this server is not a proxy, so CONNECT cannot be used')
const UNEXPECTED = problem(417, 'only "100-continue" can be expected')

/** Listens for HTTP. Rejects with a PersonError when that fails. */
export async function listenHttp(parts: HttpListenerParts): Promise<HttpListener> {
  const listener = new WebListener(parts)
  await listener.listen()
  return listener
}

class WebListener implements HttpListener {
  readonly #parts: HttpListenerParts
  readonly #asked: AskedServer
  readonly #limits: ConnectionLimits
  readonly #servers: Server[] = []
  readonly #connections: HttpConnections
  /** Of the requests that are being answered. */
  readonly #aborts = new Set<AbortController>()
  #isStopping = false

  constructor(parts: HttpListenerParts) {
    const { requests, topologyHost, limits } = parts
    this.#parts = parts
    this.#limits = { ...CONNECTION_LIMITS, ...limits }
    this.#connections = new HttpConnections(this.#limits.connections)
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
    this.#connections.destroyIdle()
    const timeout = setTimeout(() => {
      this.#connections.destroyAll()
    }, timeoutMs)
    await Promise.all(closed)
    clearTimeout(timeout)
  }

  #makeServer(): Server {
    const { headerMs, requestMs, checkMs, keepAliveMs, stalledMs, connections } = this.#limits
    const server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headerMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: checkMs,
      // We answer these with a problem, as all others.
      requireHostHeader: false,
    })
    server.maxConnections = connections + MAX_REFUSED_CONNECTIONS
    // The limit on bytes is enough. Beyond this one, headers would be dropped.
    server.maxHeadersCount = 0
    server.timeout = stalledMs
    server.on('connection', (socket) => {
      this.#accept(socket)
    })
    const on = (event: string, expected: Expectation): void => {
      server.on(event, (message: IncomingMessage, response: ServerResponse) => {
        this.#queue(message, response, expected)
      })
    }
    on('request', 'nothing')
    on('checkContinue', 'continue')
    on('checkExpectation', 'unknown')
    server.on('connect', ({ socket }) => {
      // From here on, node:http handles no error of the socket.
      socket.on('error', () => undefined)
      this.#refuse(socket, NO_PROXY)
    })
    server.on('clientError', (error: ParseError, socket) => {
      this.#onParseError(error, socket)
    })
    this.#servers.push(server)
    return server
  }

  #accept(socket: Socket): void {
    socket.once('close', () => {
      this.#parts.requests.forgetPlaces(socket)
    })
    if (!this.#connections.add(socket)) endWithProblem(socket, CROWDED, this.#limits.lingerMs)
  }

  #onParseError(error: ParseError, socket: Duplex): void {
    // Nothing after the last request is served; its response is on its way.
    if (error.code === 'HPE_CLOSED_CONNECTION') return
    if (socket.writable && error.code !== 'ECONNRESET') this.#refuse(socket, parseProblem(error))
    else socket.destroy()
  }

  /** Serves no more requests of a connection, and ends it with a problem after the responses to those before. */
  #refuse(socket: Duplex, fault: Problem): void {
    const connection = this.#connections.of(socket)
    // What comes after a fault cannot be read either, and is dropped.
    if (!connection || connection.fault) return
    connection.fault = fault
    connection.onFault()
    const { remoteAddress, remotePort } = connection.socket
    const who = formatAddress(remoteAddress, remotePort)
    this.#parts.requests.log.write({ kind: 'refused', who, line: 'HTTP request', why: fault.detail })
    connection.last = connection.last.then(() => {
      // The fault is in the rest of a request that has its response.
      const isAnswered = connection.answered?.complete === false
      endWithProblem(socket, isAnswered ? undefined : fault, this.#limits.lingerMs)
    })
  }

  /** Answers the requests of a connection one after another, so that it has one response in memory at most. */
  #queue(message: IncomingMessage, response: ServerResponse, expected: Expectation): void {
    const { socket } = message
    const connection = this.#connections.of(socket)
    if (!connection || connection.fault) return
    if (connection.unanswered === MAX_PIPELINED) {
      this.#refuse(socket, TOO_MANY_AHEAD)
      return
    }
    this.#connections.begin(connection)
    connection.last = connection.last.then(async () => {
      await this.#answer(connection, message, response, expected)
      this.#connections.end(connection)
      if (connection.unanswered === 0 && this.#isStopping) socket.destroySoon()
    })
  }

  async #answer(
    connection: HttpConnection,
    message: IncomingMessage,
    response: ServerResponse,
    expected: Expectation,
  ): Promise<void> {
    const closed = new Promise<void>((resolve) => response.once('close', resolve))
    if (message.socket.destroyed) return
    // Not `AbortSignal.any` with a signal of the listener, which would keep what each request adds to it.
    const abort = new AbortController()
    this.#aborts.add(abort)
    response.once('close', () => {
      this.#aborts.delete(abort)
      abort.abort()
    })
    const answered =
      expected === 'unknown'
        ? problemReply(UNEXPECTED)
        : await unlessCut(connection, message, this.#replyTo(message, response, expected, abort.signal))
    // The connection is lost, or the rest of the request cannot be read.
    if (!answered) return
    connection.answered = message
    const isRoom = budget.take(answered.body.length)
    const reply = isRoom ? answered : problemReply(FULL)
    if (this.#isStopping) response.setHeader('connection', 'close')
    this.#log(message, reply.status)
    write(response, reply)
    const timeout = setTimeout(() => message.socket.destroy(), this.#limits.responseMs)
    await closed
    clearTimeout(timeout)
    if (isRoom) budget.give(answered.body.length)
  }

  async #replyTo(
    message: IncomingMessage,
    response: ServerResponse,
    expected: Expectation,
    signal: AbortSignal,
  ): Promise<HttpReply | undefined> {
    const onBody = (): void => {
      if (expected === 'continue') response.writeContinue()
    }
    try {
      const api = await this.#parts.loadApi()
      return await api.answer(this.#asked, message, { signal, onBody })
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

function write(response: ServerResponse, { status, headers, body }: HttpReply): void {
  response.writeHead(status, {
    ...headers,
    'x-content-type-options': 'nosniff',
    // A response with this status has no body, and the length would be that of another one.
    ...(status !== 304 && { 'content-length': body.length }),
  })
  response.end(body)
}

/** What a reply resolves to; or undefined as soon as the rest of its request cannot be read. */
function unlessCut<T>(
  connection: HttpConnection,
  message: IncomingMessage,
  reply: Promise<T>,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (connection.fault && !message.complete) resolve(undefined)
    }
    connection.onFault = check
    check()
    void reply.then(resolve)
  })
}
