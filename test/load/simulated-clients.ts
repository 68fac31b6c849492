import t from 'tap'
import { compareReports } from '../../src/protocol/merge.js'
import { Xorshift32 } from '../../src/load/xorshift32.js'
import type { Report } from '../../src/protocol/report.js'
import { simulatedClients, iamat, newestOf } from '../fixtures/clients.js'
import { lineIn, report } from '../fixtures/reports.js'

const SEED = Number(process.env['SEED'] ?? 1)

t.test('the newest report is the one that wins by the merge law', async (t) => {
  for (let seed = SEED; seed < SEED + 20; seed += 1) {
    const clients = simulatedClients(5, { seed, latePercent: 30, tiedPercent: 40 })
    const random = new Xorshift32(seed)
    const held = new Map<number, Report>()
    const seen = new Set<string>()
    for (let count = 0; count < 500; count += 1) {
      const client = random.below(5)
      clients.report(client, random)
      const line = iamat(client, clients)
      const heard = report(line.replace('IAMAT', 'AT Clark +0.1'))
      const known = held.get(client)
      const newest = known && compareReports(known, heard) >= 0 ? known : heard
      held.set(client, newest)
      const expected = lineIn(newest).replace(/^AT \S+ \S+/, 'IAMAT')
      if (newestOf(clients, client) !== expected || seen.has(line)) {
        t.fail(
          `seed ${seed}, report ${count}: ${line} after ${known ? lineIn(known) : 'nothing'}, or twice the same`,
        )
        return
      }
      seen.add(line)
    }
  }
})

t.test('the given percentages of reports are late and tied', async (t) => {
  const clients = simulatedClients(100, { latePercent: 5, tiedPercent: 1 })
  const random = new Xorshift32(1)
  const counts = { late: 0, tied: 0, later: 0 }
  for (let client = 0; client < 100; client += 1) clients.report(client, random)
  t.ok(
    clients.newest.every((time, client) => time === (clients.newest[0] ?? 0) + client),
    'a first report is neither late nor tied',
  )
  for (let count = 0; count < 100_000; count += 1) {
    const client = random.below(100)
    const newest = clients.newest[client] ?? 0
    clients.report(client, random)
    const { microseconds } = clients
    counts[microseconds < newest ? 'late' : microseconds === newest ? 'tied' : 'later'] += 1
    if (microseconds < 1 || microseconds > newest + 100_000) t.fail(`a time of ${microseconds}`)
  }
  t.ok(Math.abs(counts.late - 5_000) < 500, `${counts.late} of 100,000 are late`)
  t.ok(Math.abs(counts.tied - 1_000) < 200, `${counts.tied} of 100,000 are tied`)
})

t.test('clients move with every report, by at least the smallest step, and stay within limits', async (t) => {
  const clients = simulatedClients(3)
  const random = new Xorshift32(1)
  // At the limits.
  clients.latitudes.set([80_000_000, -80_000_000, 0])
  clients.longitudes.set([179_000_000, -179_000_000, 0])
  for (let count = 0; count < 30_000; count += 1) {
    const client = count % 3
    const [latitude = 0, longitude = 0] = [clients.latitudes[client], clients.longitudes[client]]
    clients.report(client, random)
    const steps = [clients.latitude - latitude, clients.longitude - longitude].map(Math.abs)
    const isFine =
      steps.every((step) => step >= 100 && step < 1_124) &&
      Math.abs(clients.latitude) <= 80_000_000 &&
      Math.abs(clients.longitude) <= 179_000_000
    if (!isFine) t.fail(`from ${latitude} ${longitude} to ${clients.latitude} ${clients.longitude}`)
  }
})

t.test('the same seed makes the same clients', async (t) => {
  const positions = (seed: number): number[][] => {
    const { latitudes, longitudes } = simulatedClients(50, { seed })
    return [[...latitudes], [...longitudes]]
  }
  t.same(positions(3), positions(3))
  t.notSame(positions(3), positions(4))
})
