import { setTimeout } from 'node:timers/promises'
import * as z from 'zod/mini'
import { readHerdKeys } from '../net/herd-key.js'
import type { StatusProbeOptions } from '../net/status-probe.js'
import { MAX_SAMPLE } from '../protocol/status.js'
import { formatCount, formatList } from '../topology/format-list.js'
import { addressOf, type Topology } from '../topology/topology.js'
import { clientToken, warnOfExposure } from './client-token.js'
import { EXIT, UsageError } from './exit.js'
import { wholeFlag } from './number-flags.js'
import { openProbeScreen } from './probe-screen.js'
import { HerdProbe, statusesOf, type ProbeResult } from './herd-probe.js'
import { checkOptions, clientTls, findTopology, waitSeconds } from './options.js'
import { note, type Streams } from './streams.js'
import { sampleFaults } from './format-sample.js'
import { sampleClassics, type HerdSample, type SampleOptions } from './sample-classics.js'
import { isUnsafe } from './store-verdict.js'
import { classicsAmong, syncVerdict } from './sync-verdict.js'
import { untilLinked } from './until-linked.js'

const statusFlags = z.strictObject({
  topology: z.optional(z.string()),
  timeout: waitSeconds,
  watch: z.optional(waitSeconds),
  wait: z.optional(waitSeconds),
  json: z._default(z.boolean(), false),
  herdKey: z.optional(z.string()),
  tls: z._default(z.boolean(), false),
  ca: z.optional(z.string()),
  tokenFile: z.optional(z.string()),
  sample: z.optional(wholeFlag({ least: 1, most: MAX_SAMPLE })),
})

/**
 * `proxyherd herd status [Clark …]`: shows the state of servers and whether they are in sync, once, repeatedly, or when they are linked.
 * Returns the exit code: 1 if they were not in sync when last asked, one could not save reports, or one of another program differed in a
 * sample; with `--wait`, if they were not linked.
 */
export async function herdStatus(
  rawNames: readonly string[],
  rawFlags: unknown,
  streams: Streams,
): Promise<number> {
  const flags = checkOptions(statusFlags, rawFlags)
  const once = (['sample', 'wait'] as const).find((name) => flags[name] !== undefined)
  if (once !== undefined && flags.watch !== undefined)
    throw new UsageError(`--${once} and --watch exclude each other`)
  const options = await connectOptions(flags, streams)
  const topology = await findTopology(flags.topology)
  const names = rawNames.length > 0 ? rawNames : [...topology.servers.keys()]
  const servers = new Map(names.map((name) => [name, addressOf(topology, name)]))
  warnOfExposure(
    Array.from(servers, ([server, address]) => ({ ...options, server, address })),
    streams,
  )
  const screen = await openProbeScreen({ ...flags, isWatch: flags.watch !== undefined }, topology, streams)
  const probe = new HerdProbe(servers, options)
  // The request in flight then fails, which ends the wait for it.
  const close = (): void => {
    probe.close()
  }
  streams.signal.addEventListener('abort', close, { once: true })
  let code: number = EXIT.failed
  for await (const { result: probed, isFine } of verdicts(probe, topology, flags, streams)) {
    const sample = flags.sample && (await sampleHerd(probed, flags.sample, options, streams))
    if (streams.signal.aborted) break
    const result = sample ? { ...probed, sample } : probed
    screen.show(result)
    code = isFine && sampleFaults(result.sample).length === 0 ? EXIT.done : EXIT.failed
  }
  close()
  screen.close()
  return code
}

/** Probes once; with an interval, until the program is asked to end; with a time to wait, until the servers are linked. */
async function* verdicts(
  probe: HerdProbe,
  topology: Topology,
  { watch, wait, timeout }: z.infer<typeof statusFlags>,
  { signal }: Streams,
): AsyncGenerator<{ result: ProbeResult; isFine: boolean }> {
  if (wait !== undefined) {
    const limits = { waitMs: wait * 1_000, timeoutMs: timeout * 1_000 }
    const last = await untilLinked(probe, topology, limits, signal).catch(() => undefined)
    if (last && !signal.aborted) yield { result: last.result, isFine: last.isLinked }
    return
  }
  let isWanted = !signal.aborted
  while (isWanted) {
    const result = await probe.probe()
    if (signal.aborted) return
    yield { result, isFine: syncVerdict(result).inSync && !statusesOf(result.servers).some(isUnsafe) }
    isWanted = watch !== undefined && (await setTimeout(watch * 1_000, true, { signal }).catch(() => false))
  }
}

/** Compares servers of other programs, if there are any, with one of the herd by the reports of at most `count` clients. */
async function sampleHerd(
  result: ProbeResult,
  count: number,
  access: SampleOptions['access'],
  streams: Streams,
): Promise<HerdSample | undefined> {
  const classics = classicsAmong(result)
  if (classics.length === 0) {
    note('no server is known to run another program, so there is nothing to sample', streams)
    return undefined
  }
  note(
    `asking ${formatList(classics)} where ${formatCount(count, 'client')} at most are, for some twice; each question may cost a place look-up`,
    streams,
  )
  return sampleClassics(result, { count, access, signal: streams.signal })
}

async function connectOptions(
  { timeout, herdKey, tls, ca, tokenFile }: z.infer<typeof statusFlags>,
  streams: Streams,
): Promise<Omit<StatusProbeOptions, 'server' | 'address'>> {
  if (herdKey !== undefined && tls)
    throw new UsageError('--herd-key and --tls exclude each other', '--herd-key uses TLS already')
  const timeoutMs = timeout * 1_000
  const token = await clientToken(tokenFile, streams)
  if (herdKey === undefined) return { timeoutMs, token, tls: await clientTls(tls, ca) }
  const { keys, warnings } = await readHerdKeys(herdKey)
  for (const warning of warnings) note(warning, streams)
  return { timeoutMs, token, keys }
}
