import t from 'tap'
import { Pair, type SyncCost } from '../fixtures/sync-cost.js'

// REPORTS=1000000 npx tap --disable-coverage --timeout=0 test/flood/sync-cost.ts  measures tables of that size, and prints all.
const MORE_REPORTS = process.env['REPORTS']

const KIB = 1_024

/** For a number of reports and of those that differ: the most KiB, in both directions together, that it may take to make the tables equal. */
const MOST_KIB: [reports: number, rows: [differing: number | 'all lost', kib: number][]][] = [
  [
    100,
    [
      [0, 8],
      [1, 17],
      [100, 36],
      ['all lost', 36],
    ],
  ],
  [
    10_000,
    [
      [0, 8],
      [1, 17],
      [100, 52],
      [10_000, 1_700],
      ['all lost', 1_250],
    ],
  ],
]

/** Limits for tables of REPORTS reports, which take too long for every test run. Some are known to be far above the minimum. */
const MOST_KIB_OF_MORE: (typeof MOST_KIB)[number][1] = [
  [0, 8],
  [1, 36],
  [100, 1_600],
  [10_000, 18_500],
  ['all lost', 125_000],
]

const tables =
  MORE_REPORTS === undefined ? MOST_KIB : [...MOST_KIB, [Number(MORE_REPORTS), MOST_KIB_OF_MORE] as const]

for (const [reports, rows] of tables)
  t.test(`the cost of making tables of ${reports} reports equal`, async (t) => {
    const pair = new Pair(reports)
    for (const [differing, kib] of rows) {
      if (differing === 'all lost') pair.forget()
      else pair.differ(differing)
      const cost = pair.sync()
      const words = describe(reports, differing, cost)
      if (MORE_REPORTS !== undefined) console.error(words)
      t.ok(cost.bytes <= kib * KIB, `${words}, at most ${kib} KiB`)
    }
  })

function describe(
  reports: number,
  differing: number | 'all lost',
  { bytes, reportBytes, differingBytes }: SyncCost,
): string {
  const [all, sent, lacking] = [bytes, reportBytes, differingBytes].map((count) => count.toLocaleString('en'))
  return `${differing} of ${reports}: ${all} bytes, of which reports ${sent}; ${lacking} would be enough`
}
