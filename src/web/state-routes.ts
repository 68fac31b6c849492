import { jsonReply, type HttpReply } from './http-reply.js'
import { problem, type Problem } from './problem.js'
import { herdSchema, noParameters, stateSchema } from './schemas.js'
import type { HerdView } from './herd-view.js'
import type { WebRequest, WebRoute } from './web-route.js'

/**
 * The requests about servers. Whether they are alive and ready needs no token: those who ask, such as load balancers, often cannot send one, and learn no
 * more than from whether the port is open.
 */
export function stateRoutes(view: HerdView): readonly WebRoute[] {
  return [
    {
      method: 'GET',
      path: '/v1/herd',
      summary: 'Every server of the topology: whether it is up, what it holds, and its links.',
      parameters: noParameters,
      replies: { 'application/json': herdSchema },
      problems: [],
      needs: 'status',
      answer: async () => jsonReply(await view.read()),
    },
    {
      method: 'GET',
      path: '/healthz',
      summary: 'Whether the process is alive.',
      parameters: noParameters,
      replies: { 'application/json': stateSchema },
      problems: [],
      isEarly: true,
      needs: 'nothing',
      answer: () => jsonReply({ state: 'alive' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      summary: 'Whether the server has loaded its reports, and is not stopping.',
      parameters: noParameters,
      replies: { 'application/json': stateSchema },
      problems: [],
      isEarly: true,
      needs: 'nothing',
      answer: ready,
    },
  ]
}

/** Why a server does not answer requests now. */
export function unreadyProblem({
  requests,
  isStopping,
}: Pick<WebRequest, 'requests' | 'isStopping'>): Problem | undefined {
  if (isStopping()) return problem(503, 'the server is stopping')
  if (requests.isLoaded) return undefined
  return problem(503, 'the server is loading its reports', { headers: { 'retry-after': '1' } })
}

function ready(request: WebRequest): HttpReply | Problem {
  return unreadyProblem(request) ?? jsonReply({ state: 'ready' })
}
