import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metric } from './metric.js'

/** How often the event loop is checked. Waking an idle process 50 times a second costs less than a thousandth of a processor. */
const RESOLUTION_MS = 20

const NANOSECONDS_PER_SECOND = 1e9
const MICROSECONDS_PER_SECOND = 1e6

/** What the process uses, under the names that the Prometheus client of Node.js has made common. It watches the event loop from now on. */
export class ProcessMetrics {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

  constructor() {
    this.#delays.enable()
  }

  /** Reads them. The lag of the event loop is that since it was last read. */
  read(): Metric[] {
    const { heapTotal, heapUsed, external, rss } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    const cpu = (name: string, help: string, microseconds: number): Metric => ({
      name: `process_cpu_${name}seconds_total`,
      help: `${help} processor time of the process, in seconds.`,
      type: 'counter',
      samples: [{ value: microseconds / MICROSECONDS_PER_SECOND }],
    })
    return [
      cpu('', 'All', user + system),
      cpu('user_', 'User', user),
      cpu('system_', 'System', system),
      gauge('process_start_time_seconds', 'When it started, since 1970.', performance.timeOrigin / 1_000),
      gauge('process_resident_memory_bytes', 'Memory of the process.', rss),
      gauge('nodejs_heap_size_total_bytes', 'Size of the JavaScript heap.', heapTotal),
      gauge('nodejs_heap_size_used_bytes', 'What is used of it.', heapUsed),
      gauge('nodejs_external_memory_bytes', 'Memory outside of the heap, with that for reports.', external),
      ...this.#lag(),
      {
        name: 'nodejs_version_info',
        help: 'The version of Node.js; always 1.',
        type: 'gauge',
        samples: [{ labels: { version: process.version }, value: 1 }],
      },
    ]
  }

  #lag(): Metric[] {
    const delays = this.#delays
    const lag = (which: string, help: string, nanoseconds: number): Metric =>
      gauge(
        `nodejs_eventloop_lag_${which}_seconds`,
        `${help} time by which the event loop was late since the last scrape.`,
        secondsLate(nanoseconds),
      )
    const metrics = [
      lag('mean', 'The mean', delays.mean),
      lag('p50', 'The median', delays.percentile(50)),
      lag('p99', 'The 99th percentile of the', delays.percentile(99)),
      lag('max', 'The longest', delays.max),
    ]
    delays.reset()
    return metrics
  }
}

/** What is measured is the time between checks. It is no number before the first. */
function secondsLate(nanoseconds: number): number {
  return Math.max(0, (nanoseconds || 0) / NANOSECONDS_PER_SECOND - RESOLUTION_MS / 1_000)
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', samples: [{ value }] }
}
