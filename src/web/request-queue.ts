import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { formatAddress } from '../net/connection.js'
import { endWithProblem } from './end-with-problem.js'
import type { HttpConnection, HttpConnections } from './http-connections.js'
import { MAX_PIPELINED, type ConnectionLimits } from './http-limits.js'
import { problemReply, type HttpReply } from './http-reply.js'
import { loggedPath } from './logged-path.js'
import { parseProblem, type ParseError } from './parse-problem.js'
import { problem, type Problem } from './problem.js'
import type { AskedServer, WebApi } from './web-api.js'

export interface RequestQueueParts {
  readonly asked: AskedServer
  readonly connections: HttpConnections
  readonly limits: ConnectionLimits
  /** Loads what answers requests, at the first of them. */
  readonly loadApi: () => Promise<Pick<WebApi, 'answer'>>
  /** Reports what has failed, in words. The server goes on. */
  readonly onFault: (why: string) => void
}

/** What a client expects before it sends the body: nothing, a 100 (Continue), or something unknown. */
export type Expectation = 'nothing' | 'continue' | 'unknown'

const FAILED = problem(500, 'the server has failed to answer; its log says why')
const FULL = problem(503, 'the memory for responses is taken', { headers: { 'retry-after': '1' } })
const TOO_MANY_AHEAD = problem(429, `more than ${MAX_PIPELINED} requests wait for their responses`)
const UNEXPECTED = problem(417, 'only "100-continue" can be expected')

/** Answers the requests of each connection one after another, so that it has one response in memory at most. */
export class RequestQueue {
  readonly #parts: RequestQueueParts
  /** Of the requests that are being answered. */
  readonly #aborts = new Set<AbortController>()

  constructor(parts: RequestQueueParts) {
    this.#parts = parts
  }

  /** The server stops: requests that wait for something are answered now. */
  abort(): void {
    for (const abort of this.#aborts) abort.abort()
  }

  /** Refuses what `node:http` cannot read. */
  refuseUnread(error: ParseError, socket: Duplex): void {
    // Nothing after the last request is served; its response is on its way.
    if (error.code === 'HPE_CLOSED_CONNECTION') return
    const fault = parseProblem(error)
    if (fault) this.refuse(socket, fault)
    else socket.destroy()
  }

  /** Serves no more requests of a connection, and ends it with a problem after the responses to those before. */
  refuse(socket: Duplex, fault: Problem): void {
    const connection = this.#parts.connections.of(socket)
    // What comes after a fault cannot be read either, and is dropped.
    if (!connection || connection.fault) return
    connection.fault = fault
    connection.onFault()
    const { remoteAddress, remotePort } = connection.socket
    const who = formatAddress(remoteAddress, remotePort)
    this.#parts.asked.requests.log.write({ kind: 'refused', who, line: 'HTTP request', why: fault.detail })
    connection.last = connection.last.then(() => {
      // The fault may be in the rest of a request that has its response.
      const isAnswered = connection.unread?.complete === false
      endWithProblem(socket, isAnswered ? undefined : fault, this.#parts.limits.lingerMs)
    })
  }

  /** Answers a request when its turn comes. */
  add(message: IncomingMessage, response: ServerResponse, expected: Expectation): void {
    const { socket } = message
    const connection = this.#parts.connections.of(socket)
    if (!connection || connection.fault) return
    if (connection.unanswered === MAX_PIPELINED) {
      this.refuse(socket, TOO_MANY_AHEAD)
      return
    }
    this.#parts.connections.begin(connection)
    connection.last = connection.last.then(async () => {
      await this.#answer(connection, message, response, expected)
      this.#parts.connections.end(connection)
      if (connection.unanswered === 0 && this.#parts.asked.isStopping()) socket.destroySoon()
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
    connection.unread = message.complete ? undefined : message
    const isRoom = this.#parts.asked.budget.take(answered.body.length)
    const reply = isRoom ? answered : problemReply(FULL)
    if (this.#parts.asked.isStopping()) response.setHeader('connection', 'close')
    this.#log(message, reply)
    write(response, reply)
    await this.#written(reply, message, closed)
    if (isRoom) this.#parts.asked.budget.give(answered.body.length)
  }

  /** Resolves when the client has the whole response, or takes too long to read it. A stream may go on for ever. */
  async #written({ stream }: HttpReply, { socket }: IncomingMessage, closed: Promise<void>): Promise<void> {
    const { traffic } = this.#parts.asked
    if (stream) {
      traffic.streams += 1
      await closed
      traffic.streams -= 1
      return
    }
    const timeout = setTimeout(() => socket.destroy(), this.#parts.limits.responseMs)
    await closed
    clearTimeout(timeout)
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
      return await api.answer(this.#parts.asked, message, { signal, onBody })
    } catch (error) {
      if (message.socket.destroyed) return undefined
      this.#parts.asked.traffic.answered(String(message.method), undefined, FAILED.status)
      this.#parts.onFault(`${message.method} over HTTP has failed: ${String(error)}`)
      return problemReply(FAILED)
    }
  }

  #log({ socket, method = '', url = '' }: IncomingMessage, { status, token }: HttpReply): void {
    const who = formatAddress(socket.remoteAddress, socket.remotePort)
    const name = token === undefined ? {} : { token }
    const entry = { method, path: loggedPath(url), status, ...name }
    this.#parts.asked.requests.log.write({ kind: 'http', who, ...entry })
  }
}

/** The statuses of responses that have no body. */
const WITHOUT_BODY = [204, 304]

function write(response: ServerResponse, { status, headers, body, stream }: HttpReply): void {
  response.writeHead(status, {
    ...headers,
    'x-content-type-options': 'nosniff',
    // A response with such a status has no body, and the length would be that of another one.
    ...(!WITHOUT_BODY.includes(status) && !stream && { 'content-length': body.length }),
  })
  if (stream) stream(response)
  else response.end(body)
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
    void reply.then((value) => {
      connection.onFault = () => undefined
      resolve(value)
    })
  })
}
