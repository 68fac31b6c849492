import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { readHerdKeys } from '../net/herd-key.js'
import type { StatusProbeOptions } from '../net/status-probe.js'
import { addressOf } from '../topology/topology.js'
import { EXIT, UsageError } from './exit.js'
import { openProbeScreen } from './probe-screen.js'
import { HerdProbe, statusesOf, type ProbeResult } from './herd-probe.js'
import { checkOptions, clientTls, findTopology, waitSeconds } from './options.js'
import { note, type Streams } from './streams.js'
import { isUnsafe } from './store-verdict.js'
import { syncVerdict } from './sync-verdict.js'

const statusFlags = z.strictObject({
  topology: z.string().optional(),
  timeout: waitSeconds,
  watch: z.optional(waitSeconds),
  json: z.boolean().default(false),
  herdKey: z.string().optional(),
  tls: z.boolean().default(false),
  ca: z.string().optional(),
})

/**
 * `proxyherd herd status [Clark …]`: shows the state of servers and whether they are in sync, once or repeatedly. Returns the exit code: 1 if
 * they were not in sync when last asked, or one could not save reports.
 */
export async function herdStatus(
  rawNames: readonly string[],
  rawFlags: unknown,
  streams: Streams,
): Promise<number> {
  const flags = checkOptions(statusFlags, rawFlags)
  const options = await connectOptions(flags, streams)
  const topology = await findTopology(flags.topology)
  const names = rawNames.length > 0 ? rawNames : [...topology.servers.keys()]
  const servers = new Map(names.map((name) => [name, addressOf(topology, name)]))
  const screen = await openProbeScreen({ ...flags, isWatch: flags.watch !== undefined }, topology, streams)
  let code: number = EXIT.failed
  for await (const result of probeResults(new HerdProbe(servers, options), flags.watch, streams)) {
    screen.show(result)
    const isFine = syncVerdict(result).inSync && !statusesOf(result.servers).some(isUnsafe)
    code = isFine ? EXIT.done : EXIT.failed
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
