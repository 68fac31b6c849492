import type { IncomingMessage } from 'node:http'
import { formatAddress } from '../net/connection.js'
import type { ClientRequests } from '../server/client-requests.js'
import { parseParameters } from './in/parameters.js'
import { APP_ROUTES } from './app-routes.js'
import type { ByteBudget } from './byte-budget.js'
import { HerdView, type HerdViewParts } from './herd-view.js'
import { jsonReply, problemReply, type HttpReply } from './http-reply.js'
import { LIST_ROUTES } from './list-clients.js'
import { openApi } from './openapi.js'
import { isProblem, problem, type Problem } from './problem.js'
import { readBody } from './read-body.js'
import { REPORT_ROUTES } from './report-routes.js'
import { requestTarget } from './request-target.js'
import { noParameters, openApiSchema } from './schemas.js'
import { parametersProblem } from './shape-problem.js'
import { siteProblem } from './site-guard.js'
import { stateRoutes, unreadyProblem } from './state-routes.js'
import type { WebRequest, WebRoute } from './web-route.js'

export interface WebApiParts extends HerdViewParts {
  /** The version of the program. */
  readonly version: string
}

/** The server that a request has come to. */
export interface AskedServer {
  readonly requests: ClientRequests
  /** Its host in the topology. */
  readonly topologyHost: string
  readonly isStopping: () => boolean
  readonly budget: ByteBudget
}

/** What a request needs of the listener that has received it. */
export interface RequestEvents {
  /** Aborted when the connection has closed, or the server stops. */
  readonly signal: AbortSignal
  /** Called before the body is read. */
  readonly onBody: () => void
}

/** Answers the HTTP requests to all servers of a process. */
export class WebApi {
  readonly #routes: readonly WebRoute[]

  constructor(parts: WebApiParts) {
    const document: { text?: object } = {}
    const routes = [...REPORT_ROUTES, ...LIST_ROUTES, ...APP_ROUTES, ...stateRoutes(new HerdView(parts))]
    const openApiRoute: WebRoute = {
      method: 'GET',
      path: '/openapi.json',
      summary: 'This document.',
      parameters: noParameters,
      replies: { 'application/json': openApiSchema },
      problems: [],
      isEarly: true,
      answer: () => jsonReply((document.text ??= openApi(this.#routes, parts.version))),
    }
    this.#routes = [...routes, openApiRoute]
  }

  /** Answers a request. Rejects if its connection is lost before all of it has come. */
  async answer(server: AskedServer, message: IncomingMessage, events: RequestEvents): Promise<HttpReply> {
    const reply = await this.#answer(server, message, events)
    return isProblem(reply) ? problemReply(reply) : reply
  }

  async #answer(
    server: AskedServer,
    message: IncomingMessage,
    { signal, onBody }: RequestEvents,
  ): Promise<HttpReply | Problem> {
    const target = requestTarget(message)
    if (isProblem(target)) return target
    const { host, path, query } = target
    const { headers, socket } = message
    const refused = siteProblem({ ...headers, host }, server.topologyHost)
    if (refused) return refused
    const parts = path.split('/')
    const route = routeFor(this.#routesOf(parts), String(message.method))
    if (isProblem(route)) return route
    const unready = route.isEarly ? undefined : unreadyProblem(server)
    if (unready) return unready
    const parameters = parametersIn(query, route)
    if (isProblem(parameters)) return parameters
    const body =
      route.method === 'GET'
        ? new Uint8Array(0)
        : await readBody(message, { ...server, isNeeded: route.body !== undefined, onBody })
    if (isProblem(body)) return body
    const who = formatAddress(socket.remoteAddress, socket.remotePort)
    const segment = parts[3] ?? ''
    return route.answer({ ...server, segment, query, parameters, headers, body, who, owner: socket, signal })
  }

  #routesOf(parts: readonly string[]): readonly WebRoute[] {
    return this.#routes.filter((route) => matches(route.path.split('/'), parts))
  }
}

/** Whether a path has the form of a route. */
function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  return (
    pattern.length === parts.length &&
    pattern.every((part, index) => part === '{id}' || part === parts[index])
  )
}

function routeFor(routes: readonly WebRoute[], method: string): WebRoute | Problem {
  if (routes.length === 0) return problem(404, 'there is nothing here; /openapi.json lists what there is')
  // A response to HEAD is that to GET without its body, which node:http leaves out.
  const found = routes.find((route) => route.method === (method === 'HEAD' ? 'GET' : method))
  if (found) return found
  const allow = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ')
  return problem(405, `only ${allow} can be used here`, { headers: { allow } })
}

function parametersIn(query: string, { parameters: schema }: WebRoute): WebRequest['parameters'] | Problem {
  const parameters = query === '' ? {} : Object.fromEntries(parseParameters(query))
  return (schema && parametersProblem(schema, parameters)) ?? parameters
}
