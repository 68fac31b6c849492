import t from 'tap'
import { Histogram } from '../../src/histogram.js'
import { formatMetrics } from '../../src/web/metrics/metric.js'
import { anyPorts } from '../fixtures/herd.js'
import { readMetrics, type ScrapedMetric } from '../fixtures/metrics-text.js'
import { NO_FIGURES } from '../fixtures/store-figures.js'
import { WebHerd } from '../fixtures/web-herd.js'

type Scrape = ReadonlyMap<string, ScrapedMetric>

async function scrape(herd: WebHerd, server = 'Clark'): Promise<Scrape> {
  return readMetrics((await herd.askServer(server, 'GET /metrics')).text)
}

/** The value of the sample with some labels besides that of the server, which every sample of a server has. */
function valueOf(scraped: Scrape, name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = JSON.stringify(Object.entries(labels).sort())
  return scraped.get(name)?.samples.find(({ labels: { server, ...others } }) => {
    return server === 'Clark' && JSON.stringify(Object.entries(others).sort()) === wanted
  })?.value
}

t.test('metrics count what clients do', async (t) => {
  const herd = await WebHerd.start(t, { names: ['Clark'], maxFutureSeconds: 60 })
  await herd.servers.ask(
    'Clark',
    'IAMAT kiwi +1+1 5\nIAMAT kiwi +1+1 4\nIAMAT kiwi +1+1 1621469999\nFOO\nWHATSAT kiwi 1 1\n',
  )
  await herd.servers.ask('Clark', 'IAMAT plum +1+1 1621464829\n')
  t.equal(valueOf(await scrape(herd), 'proxyherd_clients_ahead'), undefined)
  await herd.ask('GET /v1/clients/lime')
  await herd.ask('GET /nowhere')
  const scraped = await scrape(herd)
  for (const [name, value, labels] of [
    ['build_info', 1, { version: '0.0.0' }],
    ['clients', 2, {}],
    ['clients_ahead', 1, {}],
    ['start_time_seconds', 1_621_464_828.223, {}],
    ['reports_accepted_total', 2, {}],
    ['reports_stale_total', 1, {}],
    ['reports_refused_total', 1, { reason: 'future' }],
    ['reports_refused_total', 0, { reason: 'memory' }],
    ['refused_lines_total', 2, {}],
    ['place_lookups_total', 1, {}],
    ['http_requests_total', 1, { method: 'GET', route: '/v1/clients/{id}', status: '404' }],
    ['http_requests_total', 1, { method: 'GET', route: 'other', status: '404' }],
    ['http_connections', 1, {}],
    ['http_streams', 0, {}],
  ] as const)
    t.equal(valueOf(scraped, `proxyherd_${name}`, labels), value, name)
  t.match(scraped.get('proxyherd_place_call_seconds')?.samples.at(-1), {
    name: 'proxyherd_place_call_seconds_count',
    labels: { server: 'Clark', provider: 'test', result: 'ok' },
    value: 1,
  })
  t.equal(scraped.get('proxyherd_journal_bytes'), undefined, 'it has no journal')
})

t.test('metrics count what has expired, and what watchers are still to be sent', async (t) => {
  const herd = await WebHerd.start(t, { names: ['Clark'], expireSeconds: 60 })
  await herd.servers.ask('Clark', 'IAMAT kiwi +1+1 5\n')
  const scraped = await scrape(herd)
  for (const [name, value, labels] of [
    ['reports_refused_total', 1, { reason: 'expired' }],
    ['clients_expired_total', 0, {}],
    ['follower_pending_clients', 0, { follower: 'watch' }],
  ] as const)
    t.equal(valueOf(scraped, `proxyherd_${name}`, labels), value, name)
})

t.test('each server of a process shows its own metrics, and those of the process', async (t) => {
  const herd = await WebHerd.start(t, {
    topology: anyPorts({ servers: ['Clark', 'Juzang'], links: [['Clark', 'Juzang']] }),
    openStore: () =>
      Promise.resolve({
        flush: () => undefined,
        committed: () => Promise.resolve(true),
        close: () => Promise.resolve(0),
        status: { unsaved: 3, fault: 'the disk is full', lost: 0 },
        figures: { ...NO_FIGURES, bytes: 12 },
      }),
  })
  await scrape(herd)
  await herd.servers.ask('Juzang', 'IAMAT kiwi +1+1 5\nIAMAT lime +1+1 5\n')
  const clark = await scrape(herd)
  const neighbour = 'Juzang'
  for (const [name, value, labels] of [
    ['link_up', 1, { neighbour }],
    ['link_pending_clients', 0, { neighbour }],
    ['link_in_sync', undefined, { neighbour }],
    ['flood_received_total', 2, { neighbour, result: 'new' }],
    ['flood_received_total', 0, { neighbour, result: 'duplicate' }],
    ['flood_sent_total', 0, { neighbour }],
    ['reports_accepted_total', 0, {}],
    ['journal_bytes', 12, {}],
    ['journal_fault', 1, {}],
    ['follower_pending_clients', 3, { follower: 'journal' }],
  ] as const)
    t.equal(valueOf(clark, `proxyherd_${name}`, labels), value, name)
  const juzang = await scrape(herd, 'Juzang')
  for (const [name, { samples }] of juzang)
    for (const { labels } of samples)
      t.equal(labels['server'], name.startsWith('proxyherd_') ? 'Juzang' : undefined, name)
  herd.servers.herd.cut('Clark', 'Juzang')
  const cut = await scrape(herd)
  t.equal(valueOf(cut, 'proxyherd_link_up', { neighbour }), 0)
  t.equal(valueOf(cut, 'proxyherd_link_pending_clients', { neighbour }), undefined)
})

t.test('metrics of a link over the network count what it carries', async (t) => {
  const topology = anyPorts({ servers: ['Clark', 'Juzang'], links: [['Clark', 'Juzang']] })
  const herd = await WebHerd.start(t, { topology, names: ['Clark'] })
  await scrape(herd)
  const link = await herd.servers.linkFrom(t, 'Juzang', 'Clark')
  const report = 'AT Juzang +0.263873386 kiwi +1+1 1621464820'
  link.write(`PONG ${Math.floor(performance.now())} 1621464827223371\n${report}\n${report}\nLATE ${report}\n`)
  link.write('LATE GENERATION 17 AT Elm +0.000000000 plum +1+1 1621464825\n')
  link.write('PRUNE Clark\nGRAFT Clark 0\nLATE AT Elm +0.000000000 lime +1+1 1621464825\n')
  link.write('DIGEST 0011223344556677 0\nPING 17\n')
  link.skipsHeartbeats = false
  while (!(await link.read()).startsWith('PONG 17'));
  const scraped = await scrape(herd)
  const neighbour = 'Juzang'
  for (const [name, value, labels] of [
    ['flood_received_total', 3, { neighbour, result: 'new' }],
    ['flood_received_total', 2, { neighbour, result: 'duplicate' }],
    ['flood_late_total', 3, { neighbour }],
    ['digests_compared_total', 1, { neighbour, result: 'different' }],
    ['tree_received_total', 1, { neighbour, message: 'prune' }],
    ['tree_received_total', 1, { neighbour, message: 'graft' }],
    ['link_in_sync', 0, { neighbour }],
  ] as const)
    t.equal(valueOf(scraped, `proxyherd_${name}`, labels), value, name)
  const offset = Number(valueOf(scraped, 'proxyherd_link_clock_offset_seconds', { neighbour }))
  t.ok(offset >= -1 && offset < 0, `${offset}`)
  const samples = scraped.get('proxyherd_convergence_seconds')?.samples ?? []
  t.equal(samples.at(-1)?.value, 3, 'one report came as usual, and two late')
})

t.test('values and labels are written so that they can be read', async (t) => {
  const histogram = new Histogram([0.5, 1])
  for (const value of [0.25, 0.75, 2]) histogram.add(value)
  const text = formatMetrics(
    [
      { name: 'a_total', help: 'A.', type: 'counter', samples: [{ labels: { b: 'x"\\\n' }, value: 1.5 }] },
      { name: 'c', help: 'C.', type: 'gauge', samples: [{ value: 0 }] },
      { name: 'd', help: 'D.', type: 'histogram', histograms: [{ histogram }] },
    ],
    {},
  )
  t.equal(
    text,
    [
      ...['# HELP a_total A.', '# TYPE a_total counter', 'a_total{b="x\\"\\\\\\n"} 1.5'],
      ...['# HELP c C.', '# TYPE c gauge', 'c 0'],
      ...['# HELP d D.', '# TYPE d histogram', 'd_bucket{le="0.5"} 1', 'd_bucket{le="1"} 2'],
      ...['d_bucket{le="+Inf"} 3', 'd_sum 3', 'd_count 3', ''],
    ].join('\n'),
  )
  readMetrics(text)
})
