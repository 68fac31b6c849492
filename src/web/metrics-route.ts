import type { ClientRequests } from '../server/client-requests.js'
import { textReply } from './http-reply.js'
import { formatMetrics, METRICS_TYPE } from './metrics/metric.js'
import { ProcessMetrics } from './metrics/process-metrics.js'
import { serverMetrics } from './metrics/server-metrics.js'
import { metricsSchema, noParameters } from './schemas.js'
import type { WebRoute } from './web-route.js'

/** The request for metrics. What they show of a process begins with the first of them. */
export function metricsRoute(): WebRoute {
  // Each server has its own, so that what is shown since the last scrape does not depend on who scrapes the others.
  const processes = new WeakMap<ClientRequests, ProcessMetrics>()
  return {
    method: 'GET',
    path: '/metrics',
    summary: 'What the server has done and how it stands, for Prometheus.',
    parameters: noParameters,
    replies: { [METRICS_TYPE]: metricsSchema },
    problems: [],
    isEarly: true,
    needs: 'status',
    answer: ({ requests, traffic }) => {
      const ofProcess = processes.get(requests) ?? new ProcessMetrics()
      processes.set(requests, ofProcess)
      const { server } = requests
      const text = formatMetrics(serverMetrics(requests.figures(), traffic), { server })
      return textReply(text + formatMetrics(ofProcess.read()), METRICS_TYPE)
    },
  }
}
