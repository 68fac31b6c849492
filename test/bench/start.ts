import { spawnSync } from 'node:child_process'
import type { Row } from './results.js'
import { median } from './results.js'
import { herdUpListening } from './rivals.js'
import type { Settings } from './settings.js'

const STARTS = 10
const QUICK_STARTS = 5

/** Measures the time to print the version, compared with a Node that does nothing, and until `herd up` listens. */
export async function starts({ isQuick }: Settings): Promise<Row[]> {
  const nothing: number[] = []
  const version: number[] = []
  const listening: number[] = []
  for (let start = 0; start < (isQuick ? QUICK_STARTS : STARTS); start += 1) {
    nothing.push(timeOf(['-e', '0']))
    version.push(timeOf(['bin/proxyherd.js', '--version']))
    listening.push(await herdUpListening())
  }
  const over = median(version) - median(nothing)
  const row = (rival: string, values: number[], more: Row['more'] = {}): Row => ({
    of: 'from start to',
    rival,
    values,
    more,
  })
  return [
    row('end of node -e 0', nothing),
    row('end of proxyherd --version', version, { 'over bare node': `${over.toFixed(0)} ms` }),
    row('all five of herd up listen', listening),
  ]
}

function timeOf(argv: readonly string[]): number {
  const from = performance.now()
  spawnSync(process.execPath, argv, { stdio: 'ignore' })
  return performance.now() - from
}
