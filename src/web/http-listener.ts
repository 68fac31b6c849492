import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Acceptor } from '../net/acceptor.js'
import { formatAddress } from '../net/connection.js'
import type { Address } from '../net/dial.js'
import { listenWith } from '../net/listen.js'
import type { Certificate } from '../net/tls.js'
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
  /** With a certificate, TLS is accepted on the same port. */
  readonly certificate?: Certificate | undefined
  /** Whether requests without TLS are refused. There must be a certificate then. */
  readonly isTlsOnly?: boolean | undefined
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
  readonly #acceptors: Acceptor[] = []
  readonly #connections: HttpConnections
  readonly #queue: RequestQueue
  #addresses: readonly Address[] = []
  #isStopping = false

  constructor(parts: HttpListenerParts) {
    const { requests, topologyHost, isTlsOnly = false, limits, loadApi, onFault } = parts
    this.#parts = parts
    this.#limits = { ...CONNECTION_LIMITS, ...limits }
    this.#connections = new HttpConnections(this.#limits.connections)
    this.#queue = new RequestQueue({
      asked: {
        requests,
        topologyHost,
        isTlsOnly,
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

  get addresses(): readonly Address[] {
    return this.#addresses
  }

  async listen(): Promise<void> {
    const { requests, address, certificate, onFault } = this.#parts
    const { server, log } = requests
    const purpose = 'listen for HTTP'
    const make = (): Server => this.#makeServer()
    const listening = await listenWith({ server, purpose, flag: '--http', make, failed: onFault }, address)
    this.#addresses = listening.map(({ address }) => address)
    for (const { host, port } of this.#addresses) {
      const where = `${certificate ? 'https' : 'http'}://${formatAddress(host, port)}`
      log.write({ kind: 'server', what: 'listening', address: where })
    }
  }

  renewCertificate(certificate: Certificate): void {
    for (const acceptor of this.#acceptors) acceptor.renewCertificate(certificate)
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#isStopping = true
    this.#queue.abort()
    for (const acceptor of this.#acceptors) acceptor.close()
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
    this.#acceptWith(server)
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

  /** Lets the server serve connections; with a certificate, also what is inside their TLS. */
  #acceptWith(server: Server): void {
    const { certificate, requests } = this.#parts
    const track = (socket: Socket): void => {
      this.#accept(socket)
    }
    if (!certificate) {
      server.on('connection', track)
      return
    }
    // What serves a connection is called only when it is known whether there is TLS. Any socket may be given to it.
    const [serve] = server.listeners('connection') as [(socket: Socket) => void]
    const accepted = (socket: Socket): void => {
      serve.call(server, socket)
      track(socket)
    }
    const refused = (who: string, why: string): void => {
      requests.log.write({ kind: 'client', what: 'refused', who, why })
    }
    const events = { plain: accepted, client: accepted, link: accepted, refused }
    const acceptor = new Acceptor({ certificate }, events, {
      silenceMs: this.#limits.keepAliveMs,
      handshakeMs: this.#limits.headerMs,
    })
    this.#acceptors.push(acceptor)
    server.removeAllListeners('connection').on('connection', (socket) => {
      acceptor.accept(socket)
    })
  }

  #accept(socket: Socket): void {
    socket.once('close', () => {
      this.#parts.requests.dropRequests(socket)
    })
    if (!this.#connections.add(socket)) endWithProblem(socket, CROWDED, this.#limits.lingerMs)
  }
}
