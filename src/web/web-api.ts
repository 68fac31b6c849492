import type { IncomingMessage } from 'node:http'
import { formatAddress } from '../net/connection.js'
import { isLoopback } from '../net/loopback.js'
import type { Authorization } from '../server/authorization.js'
import type { ClientRequests } from '../server/client-requests.js'
import { parseParameters } from './in/parameters.js'
import { APP_ROUTES } from './app-routes.js'
import { authorize, isEncrypted } from './authorize.js'
import type { ByteBudget } from './byte-budget.js'
import { preflightReply, withCors, type Origins } from './cors.js'
import { EVENT_ROUTES } from './event-routes.js'
import { HerdView, type HerdViewParts } from './herd-view.js'
import { jsonReply, problemReply, type HttpReply } from './http-reply.js'
import type { HttpTraffic } from './http-traffic.js'
import { LIST_ROUTES } from './list-clients.js'
import { metricsRoute } from './metrics-route.js'
import { openApi } from './openapi.js'
import { isProblem, problem, type Problem } from './problem.js'
import { readBody } from './read-body.js'
import { REPORT_ROUTES } from './report-routes.js'
import { requestTarget, type RequestTarget } from './request-target.js'
import { noParameters, openApiSchema } from './schemas.js'
import { parametersProblem } from './shape-problem.js'
import { siteProblem } from './site-guard.js'
import { stateRoutes, unreadyProblem } from './state-routes.js'
import type { WebRequest, WebRoute } from './web-route.js'

export interface WebApiParts extends HerdViewParts {
  /** The version of the program. */
  readonly version: string
  /** Without it, no request needs a token. */
  readonly authorization?: Authorization | undefined
  /** The web sites whose pages may use the API. */
  readonly origins?: Origins
}

/** The server that a request has come to. */
export interface AskedServer {
  readonly requests: ClientRequests
  /** Its host in the topology. */
  readonly topologyHost: string
  readonly isStopping: () => boolean
  readonly budget: ByteBudget
  readonly traffic: HttpTraffic
  /** Whether requests without TLS are refused. */
  readonly isTlsOnly: boolean
}

/** What a request needs of the listener that has received it. */
export interface RequestEvents {
  /** Aborted when the connection has closed, or the server stops. */
  readonly signal: AbortSignal
  /** Called before the body is read. */
  readonly onBody: () => void
}

interface RoutedTarget extends RequestTarget {
  /** The routes for its path. */
  readonly routes: readonly WebRoute[]
}

/** Answers the HTTP requests to all servers of a process. */
export class WebApi {
  readonly #routes: readonly WebRoute[]
  readonly #authorization: Authorization | undefined
  readonly #origins: Origins

  constructor(parts: WebApiParts) {
    this.#authorization = parts.authorization
    this.#origins = parts.origins ?? new Set()
    const document: { text?: object } = {}
    const routes = [
      ...REPORT_ROUTES,
      ...LIST_ROUTES,
      ...EVENT_ROUTES,
      ...APP_ROUTES,
      ...stateRoutes(new HerdView(parts)),
      metricsRoute(),
    ]
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
    const target = requestTarget(message)
    const routes = isProblem(target) ? [] : this.#routesOf(target.path.split('/'))
    const answer = isProblem(target)
      ? target
      : await this.#answer(server, { ...target, routes }, message, events)
    const reply = isProblem(answer) ? problemReply(answer) : answer
    server.traffic.answered(String(message.method), routes[0]?.path, reply.status)
    return withCors(reply, message.headers, this.#origins)
  }

  async #answer(
    server: AskedServer,
    target: RoutedTarget,
    message: IncomingMessage,
    events: RequestEvents,
  ): Promise<HttpReply | Problem> {
    const { headers, method } = message
    const { host, query, routes } = target
    const refused = this.#siteProblem(server, host, message)
    if (refused) return refused
    const preflight = preflightReply(method, headers, this.#origins, routes)
    if (preflight) return preflight
    const route = routeFor(routes, String(method))
    if (isProblem(route)) return route
    const { requests } = server
    const { signal } = events
    const access = await authorize(this.#authorization, { requests, message, route, query, signal })
    if (isProblem(access)) return access
    const reply = await this.#carryOut(route, { ...server, ...target, ...events, access }, message)
    return { ...(isProblem(reply) ? problemReply(reply) : reply), token: access.token }
  }

  async #carryOut(
    route: WebRoute,
    request: AskedServer & RoutedTarget & RequestEvents & Pick<WebRequest, 'access'>,
    message: IncomingMessage,
  ): Promise<HttpReply | Problem> {
    const unready = route.isEarly ? undefined : unreadyProblem(request)
    if (unready) return unready
    const { path, query, onBody } = request
    const parameters = parametersIn(query, route)
    if (isProblem(parameters)) return parameters
    const isNeeded = route.body !== undefined
    const body =
      route.method === 'GET' ? new Uint8Array(0) : await readBody(message, { ...request, isNeeded, onBody })
    if (isProblem(body)) return body
    const { headers, socket } = message
    const who = formatAddress(socket.remoteAddress, socket.remotePort)
    const segment = path.split('/')[3] ?? ''
    return route.answer({ ...request, segment, parameters, headers, body, who, owner: socket })
  }

  #siteProblem(
    { topologyHost, isTlsOnly }: AskedServer,
    host: string | undefined,
    { headers, socket }: IncomingMessage,
  ): Problem | undefined {
    const isInTls = isEncrypted(socket)
    if (isTlsOnly && !isInTls) return problem(403, 'this server accepts HTTPS only')
    // The address of a connection that is closed already is undefined, which is no address.
    const isOnLoopback = isLoopback(String(socket.localAddress))
    const site = { topologyHost, isOnLoopback, isEncrypted: isInTls, origins: this.#origins }
    return siteProblem({ ...headers, host }, site)
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
