import t from 'tap'
import { linkMetrics } from '../../src/web/metrics/link-metrics.js'
import { upLink } from '../fixtures/status.js'

t.test('a link that counts nothing, and has measured nothing, has no samples of that', async (t) => {
  const status = upLink('Oak', { kind: 'plain', lastComparison: null, pending: 2 })
  const shown = linkMetrics([{ status, counts: undefined }]).filter(
    (metric) => metric.type !== 'histogram' && metric.samples.length > 0,
  )
  const expiry = { cutoff: 9, step: 1, differs: true }
  const differing = linkMetrics([{ status: upLink('Oak', { expiry }), counts: undefined }])
  t.match(
    differing.find(({ name }) => name === 'proxyherd_link_expiry_differs'),
    { samples: [{ labels: { neighbour: 'Oak' }, value: 1 }] },
  )
  t.same(
    shown.map(({ name }) => name),
    ['proxyherd_link_up', 'proxyherd_link_pending_clients', 'proxyherd_link_last_received_seconds'],
  )
})
