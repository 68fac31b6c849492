import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { formatAddress } from '../net/connection.js'
import type { Address } from '../net/dial.js'
import { listenWith } from '../net/listen.js'
import type { ClientRequests } from '../server/client-requests.js'
import type { HttpListener } from '../server/server-options.js'
import { ByteBudget } from './byte-budget.js'
import { endWithProblem } from './end-with-problem.js'
import { HttpConnections } from './http-connections.js'
import {
  CONNECTION_LIMITS,
  MAX_BUFFERED_BYTES,
  MAX_HEADER_BYTES,
  MAX_REFUSED_CONNECTIONS,
  type ConnectionLimits,
} from './http-limits.js'
import { HttpTraffic } from './http-traffic.js'
import type { ParseError } from './parse-problem.js'
import { problem } from './problem.js'
import { RequestQueue, type Expectation } from './request-queue.js'
import type { WebApi } from './web-api.js'

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

// The responses of all servers of a process share the memory.
const budget = new ByteBudget(MAX_BUFFERED_BYTES)

const CROWDED = problem(503, 'the server has too many connections', { headers: { 'retry-after': '1' } })
const NO_PROXY = problem(501, 'this server is not a proxy, so CONNECT cannot be used')

/** Listens for HTTP. Rejects with a PersonError when that fails. */
export async function listenHttp(parts: HttpListenerParts): Promise<HttpListener> {
  const listener = new WebListener(parts)
  await listener.listen()
  return listener
}

class WebListener implements HttpListener {
  readonly #parts: HttpListenerParts
  readonly #limits: ConnectionLimits
  readonly #servers: Server[] = []
  readonly #connections: HttpConnections
  readonly #queue: RequestQueue
  #isStopping = false

  constructor(parts: HttpListenerParts) {
    const { requests, topologyHost, limits, loadApi, onFault } = parts
    this.#parts = parts
    this.#limits = { ...CONNECTION_LIMITS, ...limits }
    this.#connections = new HttpConnections(this.#limits.connections)
    this.#queue = new RequestQueue({
      asked: {
        requests,
        topologyHost,
        isStopping: () => this.#isStopping,
        budget,
        traffic: new HttpTraffic(this.#connections),
      },
      connections: this.#connections,
      limits: this.#limits,
      loadApi,
      onFault,
    })
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
    this.#queue.abort()
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
        this.#queue.add(message, response, expected)
      })
    }
    on('request', 'nothing')
    on('checkContinue', 'continue')
    on('checkExpectation', 'unknown')
    server.on('connect', ({ socket }) => {
      // From here on, node:http handles no error of the socket.
      socket.on('error', () => undefined)
      this.#queue.refuse(socket, NO_PROXY)
    })
    server.on('clientError', (error: ParseError, socket) => {
      this.#queue.refuseUnread(error, socket)
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
}
