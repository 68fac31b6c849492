import t from 'tap'
import { compareReports } from '../../src/protocol/merge.js'
import { Dice } from '../../src/load/dice.js'
import type { Report } from '../../src/protocol/report.js'
import { crowdOf, iamat, newestOf } from '../fixtures/clients.js'
import { lineIn, report } from '../fixtures/reports.js'

const SEED = Number(process.env['SEED'] ?? 1)

t.test('what a crowd takes for the newest is what the merge law says', async (t) => {
  for (let seed = SEED; seed < SEED + 20; seed += 1) {
    const crowd = crowdOf(5, { seed, latePercent: 30, tiedPercent: 40 })
    const dice = new Dice(seed)
    const held = new Map<number, Report>()
    const seen = new Set<string>()
    for (let count = 0; count < 500; count += 1) {
      const client = dice.below(5)
      crowd.report(client, dice)
      const line = iamat(client, crowd)
      const heard = report(line.replace('IAMAT', 'AT Clark +0.1'))
      const known = held.get(client)
      const newest = known && compareReports(known, heard) >= 0 ? known : heard
      held.set(client, newest)
      const expected = lineIn(newest).replace(/^AT \S+ \S+/, 'IAMAT')
      if (newestOf(crowd, client) !== expected || seen.has(line)) {
        t.fail(
          `seed ${seed}, report ${count}: ${line} after ${known ? lineIn(known) : 'nothing'}, or twice the same`,
        )
        return
      }
      seen.add(line)
    }
  }
})

t.test('so many reports are late, and so many tied', async (t) => {
  const crowd = crowdOf(100, { latePercent: 5, tiedPercent: 1 })
  const dice = new Dice(1)
  const counts = { late: 0, tied: 0, later: 0 }
  for (let client = 0; client < 100; client += 1) crowd.report(client, dice)
  t.ok(
    crowd.newest.every((time, client) => time === (crowd.newest[0] ?? 0) + client),
    'a first report is neither',
  )
  for (let count = 0; count < 100_000; count += 1) {
    const client = dice.below(100)
    const newest = crowd.newest[client] ?? 0
    crowd.report(client, dice)
    const { microseconds } = crowd
    counts[microseconds < newest ? 'late' : microseconds === newest ? 'tied' : 'later'] += 1
    if (microseconds < 1 || microseconds > newest + 100_000) t.fail(`a time of ${microseconds}`)
  }
  t.ok(Math.abs(counts.late - 5_000) < 500, `${counts.late} of 100,000 are late`)
  t.ok(Math.abs(counts.tied - 1_000) < 200, `${counts.tied} of 100,000 are tied`)
})

t.test('clients move with every report, far enough to be seen, and never off the world', async (t) => {
  const crowd = crowdOf(3)
  const dice = new Dice(1)
  // Where the world ends.
  crowd.latitudes.set([80_000_000, -80_000_000, 0])
  crowd.longitudes.set([179_000_000, -179_000_000, 0])
  for (let count = 0; count < 30_000; count += 1) {
    const client = count % 3
    const [latitude = 0, longitude = 0] = [crowd.latitudes[client], crowd.longitudes[client]]
    crowd.report(client, dice)
    const steps = [crowd.latitude - latitude, crowd.longitude - longitude].map(Math.abs)
    const isFine =
      steps.every((step) => step >= 100 && step < 1_124) &&
      Math.abs(crowd.latitude) <= 80_000_000 &&
      Math.abs(crowd.longitude) <= 179_000_000
    if (!isFine) t.fail(`from ${latitude} ${longitude} to ${crowd.latitude} ${crowd.longitude}`)
  }
})

t.test('the same seed makes the same clients', async (t) => {
  const positions = (seed: number): number[][] => {
    const { latitudes, longitudes } = crowdOf(50, { seed })
    return [[...latitudes], [...longitudes]]
  }
  t.same(positions(3), positions(3))
  t.notSame(positions(3), positions(4))
})
