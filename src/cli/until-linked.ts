import { setTimeout } from 'node:timers/promises'
import { neighboursOf, type Topology } from '../topology/topology.js'
import { hasWorkingEngine } from './engine-verdict.js'
import { isLinkUp } from './format-probe.js'
import { statusesOf, type HerdProbe, type ProbeResult } from './herd-probe.js'
import { classicsAmong } from './sync-verdict.js'

/** The pause before servers are asked again: much shorter than their start. */
const PAUSE_MS = 50

/** An answer is waited for at least this long, even if that exceeds the wait: a busy server is not a silent one. */
const MIN_ANSWER_MS = 1_000

/** How long to wait in all, and for one answer. */
interface WaitLimits {
  readonly waitMs: number
  readonly timeoutMs: number
}

/**
 * Asks servers until all of them are up and linked to all their neighbours and to their engines, or until the time is up. Returns the last result. Rejects when
 * `signal` is aborted between two probes.
 */
export async function untilLinked(
  probe: HerdProbe,
  topology: Topology,
  { waitMs, timeoutMs }: WaitLimits,
  signal: AbortSignal,
): Promise<{ result: ProbeResult; isLinked: boolean }> {
  const until = performance.now() + waitMs
  for (;;) {
    const leftMs = Math.ceil(until - performance.now())
    const answerMs = Math.min(timeoutMs, Math.max(leftMs, MIN_ANSWER_MS))
    // Linked servers may still be exchanging reports, so their digests are not waited for.
    const result = await probe.probe(0, answerMs)
    const isLinked = areLinked(result, topology)
    if (isLinked || performance.now() + PAUSE_MS >= until) return { result, isLinked }
    await setTimeout(PAUSE_MS, undefined, { signal })
  }
}

/** A server of another program gives no status. It is up if its neighbours say so. */
function areLinked(result: ProbeResult, topology: Topology): boolean {
  const statuses = statusesOf(result.servers)
  if (statuses.length + classicsAmong(result).length < result.servers.length) return false
  return statuses.every((status) => {
    const { server, links } = status
    const up = links.filter(isLinkUp).map(({ neighbour }) => neighbour)
    return (
      hasWorkingEngine(status) && neighboursOf(topology, server).every((neighbour) => up.includes(neighbour))
    )
  })
}
