import type { IncomingHttpHeaders } from 'node:http'
import type * as z from 'zod/mini'
import type { ClientRequests } from '../server/client-requests.js'
import type { Access } from '../net/token-rights.js'
import type { HttpReply } from './http-reply.js'
import type { HttpTraffic } from './http-traffic.js'
import type { Problem, ProblemStatus } from './problem.js'

/** A request whose path and parameters are known to be right. */
export interface WebRequest<Parameters = Readonly<Record<string, string | undefined>>> {
  /** The server that was asked. */
  readonly requests: ClientRequests
  /** The variable part of the path, as it came. */
  readonly segment: string
  /** What follows the `?`, as it came. */
  readonly query: string
  /** Values of text, one character per byte. */
  readonly parameters: Parameters
  readonly headers: IncomingHttpHeaders
  /** What its token allows. */
  readonly access: Access
  /** Empty for methods without one. */
  readonly body: Uint8Array
  /** The client's address, for the log. */
  readonly who: string
  /** The connection. */
  readonly owner: object
  readonly isStopping: () => boolean
  /** The HTTP requests to that server so far. */
  readonly traffic: HttpTraffic
  /** Aborted when the connection has closed, or the server stops. */
  readonly signal: AbortSignal
}

/** How a request is answered, and what the OpenAPI document says of it. */
export interface WebRoute {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Such as `/v1/clients/{id}`. */
  readonly path: string
  readonly summary: string
  /** Undefined if any are allowed. */
  readonly parameters: z.ZodMiniObject | undefined
  readonly body?: z.core.$ZodType
  /** The body of a successful response, by content type. */
  readonly replies: Readonly<Record<string, z.core.$ZodType>>
  /** The status of a successful response, if it is not 200. */
  readonly success?: 204
  /** The statuses of its problems, besides those that every request may have. */
  readonly problems: readonly ProblemStatus[]
  /** Whether its response may have an entity tag. */
  readonly isTagged?: true
  /** What its token must allow whichever client it concerns; without this, some token is enough. */
  readonly needs?: 'nothing' | 'status' | 'forget'
  /** Whether the token may be in the URL, as "token". */
  readonly takesTokenInUrl?: true
  /** Whether it is answered before the reports are loaded. */
  readonly isEarly?: true
  readonly answer: (request: WebRequest) => HttpReply | Problem | Promise<HttpReply | Problem>
}
