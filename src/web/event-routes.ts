import type { WatchTarget } from '../near/watch.js'
import { toBytes } from '../protocol/bytes.js'
import { MAX_WATCHERS } from '../server/watch-streams.js'
import { forbidden } from './authorize.js'
import { parseWatch } from './event-parameters.js'
import { EventStream } from './event-stream.js'
import type { HttpReply } from './http-reply.js'
import { isProblem, problem, type Problem } from './problem.js'
import { eventParameters, eventSchema } from './schemas.js'
import type { WebRequest, WebRoute } from './web-route.js'

/** The type of server-sent events. */
const EVENT_STREAM = 'text/event-stream'

/** A proxy that collects what it passes on would delay events. */
const HEADERS = { 'content-type': EVENT_STREAM, 'cache-control': 'no-store', 'x-accel-buffering': 'no' }

/** The requests for events. */
export const EVENT_ROUTES: readonly WebRoute[] = [
  {
    method: 'GET',
    path: '/v1/events',
    summary: 'What clients do, as server-sent events. The schema is that of the data of an event.',
    parameters: eventParameters,
    replies: { [EVENT_STREAM]: eventSchema },
    problems: [400, 429],
    answer: streamEvents,
  },
]

function streamEvents(request: WebRequest): HttpReply | Problem {
  const { requests, access } = request
  if (access.reads === 'none') return forbidden('to watch clients')
  const watch = parseWatch({ ...request, run: requests.run })
  if (isProblem(watch)) return watch
  if (!namedIn(watch.target).every((id) => access.mayRead(toBytes(id))))
    return forbidden('to watch this client')
  if (requests.watches.isFull)
    return problem(429, `${MAX_WATCHERS} others watch this server already`, {
      headers: { 'retry-after': '10' },
    })
  return {
    status: 200,
    headers: HEADERS,
    body: new Uint8Array(0),
    stream: (response) => {
      if (response.req.method === 'HEAD') response.end()
      else new EventStream(response, request, watch)
    },
  }
}

/** The clients that a request names. */
function namedIn(target: WatchTarget): readonly string[] {
  switch (target.kind) {
    case 'clients':
      return target.ids
    case 'around':
      return [target.id]
    case 'area':
      return []
  }
}
