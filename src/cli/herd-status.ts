import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { readHerdKeys } from '../net/herd-key.js'
import type { StatusProbeOptions } from '../net/status-probe.js'
import { MAX_SAMPLE } from '../protocol/status.js'
import { formatCount, formatList } from '../topology/format-list.js'
import { addressOf } from '../topology/topology.js'
import { EXIT, UsageError } from './exit.js'
import { openProbeScreen } from './probe-screen.js'
import { HerdProbe, statusesOf, type ProbeResult } from './herd-probe.js'
import { checkOptions, clientTls, findTopology, waitSeconds } from './options.js'
import { note, type Streams } from './streams.js'
import { sampleFaults } from './format-sample.js'
import { sampleClassics, type HerdSample, type SampleOptions } from './sample-classics.js'
import { isUnsafe } from './store-verdict.js'
import { classicsAmong, syncVerdict } from './sync-verdict.js'

const SAMPLE_FAULT = `is not a whole number from 1 to ${MAX_SAMPLE}`

const sampleSize = z.coerce
  .number(SAMPLE_FAULT)
  .int(SAMPLE_FAULT)
  .min(1, SAMPLE_FAULT)
  .max(MAX_SAMPLE, SAMPLE_FAULT)

const statusFlags = z.strictObject({
  topology: z.string().optional(),
  timeout: waitSeconds,
  watch: waitSeconds.optional(),
  json: z.boolean().default(false),
  herdKey: z.string().optional(),
  tls: z.boolean().default(false),
  ca: z.string().optional(),
  sample: sampleSize.optional(),
})

/**
 * `proxyherd herd status [Clark …]`: shows the state of servers and whether they are in sync, once or repeatedly. Returns the exit code: 1 if
 * they were not in sync when last asked, one could not save reports, or one of another program differed in a sample.
 */
export async function herdStatus(
  rawNames: readonly string[],
  rawFlags: unknown,
  streams: Streams,
): Promise<number> {
  const flags = checkOptions(statusFlags, rawFlags)
  if (flags.sample !== undefined && flags.watch !== undefined)
    throw new UsageError('--sample and --watch exclude each other', 'each question may cost a place look-up')
  const options = await connectOptions(flags, streams)
  const topology = await findTopology(flags.topology)
  const names = rawNames.length > 0 ? rawNames : [...topology.servers.keys()]
  const servers = new Map(names.map((name) => [name, addressOf(topology, name)]))
  const screen = await openProbeScreen({ ...flags, isWatch: flags.watch !== undefined }, topology, streams)
  let code: number = EXIT.failed
  for await (const probed of probeResults(new HerdProbe(servers, options), flags.watch, streams)) {
    const sample = flags.sample && (await sampleHerd(probed, flags.sample, options, streams))
    if (streams.signal.aborted) break
    const result = sample ? { ...probed, sample } : probed
    screen.show(result)
    const isSafe = !statusesOf(result.servers).some(isUnsafe) && sampleFaults(result.sample).length === 0
    code = syncVerdict(result).inSync && isSafe ? EXIT.done : EXIT.failed
  }
  screen.close()
  return code
}

/** Probes once or, given an interval, until the program is asked to end. */
async function* probeResults(
  probe: HerdProbe,
  intervalSeconds: number | undefined,
  { signal }: Streams,
): AsyncGenerator<ProbeResult> {
  // The request in flight then fails, which ends the wait for it.
  const close = (): void => {
    probe.close()
  }
  signal.addEventListener('abort', close, { once: true })
  let isWanted = !signal.aborted
  while (isWanted) {
    const result = await probe.probe()
    if (signal.aborted) return
    yield result
    isWanted =
      intervalSeconds !== undefined &&
      (await setTimeout(intervalSeconds * 1_000, true, { signal }).catch(() => false))
  }
  close()
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
    note('there is no server of another program to sample', streams)
    return undefined
  }
  note(
    `asking ${formatList(classics)} where ${formatCount(count, 'client')} at most are, for some twice; each question may cost a place look-up`,
    streams,
  )
  return sampleClassics(result, { count, access, signal: streams.signal })
}

async function connectOptions(
  { timeout, herdKey, tls, ca }: z.infer<typeof statusFlags>,
  streams: Streams,
): Promise<Omit<StatusProbeOptions, 'server' | 'address'>> {
  if (herdKey !== undefined && tls)
    throw new UsageError('--herd-key and --tls exclude each other', '--herd-key uses TLS already')
  const timeoutMs = timeout * 1_000
  if (herdKey === undefined) return { timeoutMs, tls: await clientTls(tls, ca) }
  const { keys, warnings } = await readHerdKeys(herdKey)
  for (const warning of warnings) note(warning, streams)
  return { timeoutMs, keys }
}
