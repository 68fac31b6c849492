import type { ServerFigures } from '../../server/server-figures.js'
import type { HttpTraffic } from '../http-traffic.js'
import { linkMetrics } from './link-metrics.js'
import type { Metric, Sample } from './metric.js'

/** The metrics of a server. */
export function serverMetrics(figures: ServerFigures, traffic: HttpTraffic): Metric[] {
  return [
    ...stateMetrics(figures),
    ...reportMetrics(figures),
    ...linkMetrics(figures.links),
    ...journalMetrics(figures),
    ...lookUpMetrics(figures),
    ...httpMetrics(traffic),
  ]
}

function stateMetrics({
  version,
  startedSeconds,
  clients,
  clientsAhead,
  tombstones,
  expired,
  connections,
  memory,
  pending,
}: ServerFigures): Metric[] {
  return [
    gauge('build_info', 'The version of the program; always 1.', [{ labels: { version }, value: 1 }]),
    gauge('start_time_seconds', 'When the server started, by its clock, since 1970.', startedSeconds),
    gauge('clients', 'Clients with a report.', clients),
    gauge(
      'clients_ahead',
      'Clients whose time is ahead of the server clock, counted once a minute at most.',
      clientsAhead === undefined ? [] : [{ value: clientsAhead }],
    ),
    gauge('tombstones', 'Forgotten clients whose forgets are kept.', tombstones),
    counter('clients_expired', 'Clients that were dropped because their reports had expired.', expired),
    gauge('connections', 'Open connections that the server has accepted over TCP.', connections),
    gauge('memory_bytes', 'Memory for reports, of all servers of the process.', memory.bytes),
    gauge('memory_max_bytes', 'The limit of that memory.', memory.maxBytes),
    gauge('follower_pending_clients', 'Clients whose reports are still to be read by a follower.', [
      { labels: { follower: 'journal' }, value: pending.journal },
      { labels: { follower: 'near' }, value: pending.near },
      { labels: { follower: 'watch' }, value: pending.watch },
    ]),
  ]
}

function reportMetrics({ reports, refusedLines, memory, convergence }: ServerFigures): Metric[] {
  return [
    counter('reports_accepted', 'Reports of its own clients that were the newest.', reports.newest),
    counter('reports_stale', 'Reports of its own clients that were not.', reports.stale),
    counter('reports_refused', 'Valid reports of its own clients that were refused, by reason.', [
      { labels: { reason: 'future' }, value: reports.future },
      { labels: { reason: 'expired' }, value: reports.expired },
      { labels: { reason: 'memory' }, value: memory.refused },
    ]),
    counter('refused_lines', 'Lines of clients that were answered with "? ".', refusedLines),
    {
      name: 'proxyherd_convergence_seconds',
      help: 'Time that reports of other servers were under way, by the clocks of both, since the first scrape.',
      type: 'histogram',
      histograms: [{ histogram: convergence }],
    },
  ]
}

function journalMetrics({ journal }: ServerFigures): Metric[] {
  if (!journal) return []
  const { bytes, commitSeconds, failedCommits, hasFault } = journal
  return [
    gauge('journal_bytes', 'Size of the files with reports.', bytes),
    gauge('journal_fault', 'Whether reports cannot be saved.', Number(hasFault)),
    counter('journal_failed_commits', 'Commits that have failed.', failedCommits),
    {
      name: 'proxyherd_journal_commit_seconds',
      help: 'Time of commits.',
      type: 'histogram',
      histograms: [{ histogram: commitSeconds }],
    },
  ]
}

function lookUpMetrics({ lookUps }: ServerFigures): Metric[] {
  return [
    counter('place_lookups', 'Look-ups of places.', lookUps.count),
    {
      name: 'proxyherd_place_call_seconds',
      help: 'Time of the calls of a places service for them, with waiting; the others were answered from memory.',
      type: 'histogram',
      histograms: lookUps.calls.map(({ provider, result, histogram }) => ({
        labels: { provider, result },
        histogram,
      })),
    },
  ]
}

function httpMetrics({ counts, connections, streams }: HttpTraffic): Metric[] {
  const samples = counts.map(({ method, route, status, count }) => ({
    labels: { method, route, status },
    value: count,
  }))
  return [
    counter('http_requests', 'Answered HTTP requests.', samples),
    gauge('http_connections', 'Open HTTP connections.', connections),
    gauge('http_streams', 'Those of them that are streams of events.', streams),
  ]
}

function gauge(name: string, help: string, value: number | readonly Sample[]): Metric {
  return { name: `proxyherd_${name}`, help, type: 'gauge', samples: samplesOf(value) }
}

function counter(name: string, help: string, value: number | readonly Sample[]): Metric {
  return { name: `proxyherd_${name}_total`, help, type: 'counter', samples: samplesOf(value) }
}

function samplesOf(value: number | readonly Sample[]): readonly Sample[] {
  return typeof value === 'number' ? [{ value }] : value
}
