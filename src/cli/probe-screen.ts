import { escapeControlsInJson } from '../log/escape-text.js'
import { formatAddress } from '../net/connection.js'
import type { AnyLinkStatus, AnyServerStatus } from '../net/status-probe.js'
import { areInSync } from '../net/sync-groups.js'
import type { Topology } from '../topology/topology.js'
import { statusesOf, type ProbeResult } from './herd-probe.js'
import { formatProbe } from './format-probe.js'
import { wantsColour, type Streams } from './streams.js'
import { syncVerdict } from './sync-verdict.js'

/** Shows probe results. */
interface ProbeScreen {
  show(result: ProbeResult): void
  /** Leaves the last result on the screen. */
  close(): void
}

interface ProbeScreenOptions {
  /** Whether more than one result will be shown. */
  readonly isWatch: boolean
  readonly json: boolean
}

/** Shows results as JSON, one per line. Without JSON, a terminal shows each in the place of the one before, anything else one below the other. */
export async function openProbeScreen(
  { isWatch, json }: ProbeScreenOptions,
  topology: Topology,
  { stdout, env }: Pick<Streams, 'stdout' | 'env'>,
): Promise<ProbeScreen> {
  if (json) return printer(stdout, (result) => `${escapeControlsInJson(probeJson(result))}\n`)
  const isColoured = wantsColour(stdout, env)
  const text = (result: ProbeResult): string => `${formatProbe(result, topology, isColoured)}\n`
  if (!isWatch) return printer(stdout, text)
  if (!stdout.isTTY || env['TERM'] === 'dumb') return printer(stdout, (result) => `${text(result)}\n`)
  const { createLogUpdate } = await import('log-update')
  // Otherwise it would hide the cursor, and leave it hidden if the process is killed.
  const render = createLogUpdate(stdout, { showCursor: true })
  return {
    show: (result) => {
      render(text(result))
    },
    close: () => {
      render.done()
    },
  }
}

function printer(stdout: Streams['stdout'], format: (result: ProbeResult) => string): ProbeScreen {
  return {
    show: (result) => {
      stdout.write(format(result))
    },
    close: () => undefined,
  }
}

/** A result as one JSON object: each server has its `status`, or under `fault` why it sent none. */
function probeJson(result: ProbeResult): string {
  const { inSync, words } = syncVerdict(result)
  const statuses = new Map(statusesOf(result.servers).map((status) => [status.server, status]))
  const servers = result.servers.map(({ name, address: { host, port }, answer }) => {
    const server = { name, address: formatAddress(host, port) }
    if (answer.kind === 'failed') return { ...server, fault: answer.why }
    const links = answer.status.links.map((link) => linkJson(link, answer.status, statuses))
    return { ...server, status: { ...answer.status, links } }
  })
  const { time, rounds } = result
  return JSON.stringify({ time, inSync, verdict: words, rounds, servers, sample: sampleJson(result) })
}

function sampleJson({ sample }: ProbeResult): object | undefined {
  if (sample?.kind === 'failed') return { fault: sample.why }
  return sample && { source: sample.source, clients: sample.clients, servers: sample.servers }
}

/**
 * A link of a server with this status. Whether its ends are in sync follows from the statuses of this result, like the verdict, so they never
 * disagree; it is null if the neighbour has not answered.
 */
function linkJson(
  link: AnyLinkStatus,
  status: AnyServerStatus,
  statuses: ReadonlyMap<string, AnyServerStatus>,
): object {
  const { neighbour } = link
  if (link.state === 'other') return { neighbour, state: link.stateWord }
  if (link.state === 'down') return link
  const other = statuses.get(neighbour)
  return { ...link, inSync: other === undefined ? null : areInSync(status, other) }
}
