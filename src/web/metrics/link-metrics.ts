import type { LinkCounts } from '../../server/link-counts.js'
import type { LinkFigures } from '../../server/server-figures.js'
import type { Labels, Metric, Sample } from './metric.js'

/** A figure of a link; undefined if it has none. */
type LinkFigure = (link: LinkFigures) => number | undefined

/** The metrics of the links of a server, one sample per neighbour. */
export function linkMetrics(links: readonly LinkFigures[]): Metric[] {
  const gauge = (name: string, help: string, figure: LinkFigure): Metric => ({
    name: `proxyherd_link_${name}`,
    help,
    type: 'gauge',
    samples: links.flatMap((link) => samplesOf(link, {}, figure(link))),
  })
  return [
    gauge('up', 'Whether the link is up.', ({ status }) => Number(status.state === 'up')),
    gauge('pending_clients', 'Clients whose reports are still to be sent, at most.', (link) =>
      ifUp(link, ({ pending }) => pending),
    ),
    gauge('round_trip_seconds', 'Mean round trip of heartbeats.', (link) =>
      ifUp(link, ({ roundTripMs }) => secondsIn(roundTripMs)),
    ),
    gauge('clock_offset_seconds', "By how much the neighbour's clock is ahead.", (link) =>
      ifUp(link, ({ clockOffsetMs }) => secondsIn(clockOffsetMs)),
    ),
    gauge('last_received_seconds', 'Time since the last byte of the neighbour.', (link) =>
      ifUp(link, ({ lastHeardSecondsAgo }) => lastHeardSecondsAgo),
    ),
    gauge('in_sync', 'Whether digests were equal when they were last compared.', (link) =>
      ifUp(link, ({ lastComparison }) => (lastComparison ? Number(lastComparison.equal) : undefined)),
    ),
    gauge('expiry_differs', 'Whether the servers let reports expire at different times.', (link) =>
      ifUp(link, ({ expiry }) => expiry && Number(expiry.differs)),
    ),
    ...countMetrics(links),
  ]
}

function countMetrics(links: readonly LinkFigures[]): Metric[] {
  const counter = (
    name: string,
    help: string,
    parts: [Labels, (counts: LinkCounts) => number][],
  ): Metric => ({
    name: `proxyherd_${name}_total`,
    help,
    type: 'counter',
    samples: links.flatMap((link) =>
      parts.flatMap(([labels, count]) => samplesOf(link, labels, link.counts && count(link.counts))),
    ),
  })
  return [
    counter('flood_received', 'Reports that the neighbour has sent, by whether they were news.', [
      [{ result: 'new' }, ({ news }) => news],
      [{ result: 'duplicate' }, ({ duplicates }) => duplicates],
    ]),
    counter('flood_late', 'Those of them that it sent as late.', [[{}, ({ late }) => late]]),
    counter('flood_sent', 'Reports sent to the neighbour.', [[{}, ({ sent }) => sent]]),
    counter('repairs_sent', 'Those of them that it had missed.', [[{}, ({ repairs }) => repairs]]),
    counter('digests_compared', 'Comparisons of digests, by result.', [
      [{ result: 'equal' }, ({ equalDigests }) => equalDigests],
      [{ result: 'different' }, ({ differentDigests }) => differentDigests],
    ]),
    counter('tree_received', 'Messages about trees that the neighbour has sent.', [
      [{ message: 'graft' }, ({ treesReceived }) => treesReceived.graft],
      [{ message: 'prune' }, ({ treesReceived }) => treesReceived.prune],
    ]),
    counter('tree_sent', 'Messages about trees that it was sent.', [
      [{ message: 'graft' }, ({ treesSent }) => treesSent.graft],
      [{ message: 'prune' }, ({ treesSent }) => treesSent.prune],
    ]),
  ]
}

function samplesOf({ status }: LinkFigures, labels: Labels, value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels: { neighbour: status.neighbour, ...labels }, value }]
}

type UpStatus = Extract<LinkFigures['status'], { state: 'up' }>

function ifUp({ status }: LinkFigures, figure: (status: UpStatus) => number | undefined): number | undefined {
  return status.state === 'up' ? figure(status) : undefined
}

function secondsIn(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000
}
