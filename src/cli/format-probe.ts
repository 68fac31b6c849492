import { Chalk } from 'chalk'
import prettyBytes from 'pretty-bytes'
import prettyMilliseconds from 'pretty-ms'
import { toExcerpt } from '../log/escape-text.js'
import { formatAddress } from '../net/connection.js'
import type { AnyLinkStatus, AnyServerStatus } from '../net/status-probe.js'
import { formatList } from '../topology/format-list.js'
import type { Topology } from '../topology/topology.js'
import { statusesOf, type ProbedServer, type ProbeResult } from './herd-probe.js'
import { clockNotes } from './clock-verdict.js'
import { engineFaults } from './engine-verdict.js'
import { expiryNotes } from './expiry-notes.js'
import { formatTable, type TableRow } from './format-table.js'
import { sampleFaults, sampleTable } from './format-sample.js'
import { isMemoryFull, memoryCell, memoryNotes } from './memory-verdict.js'
import { diskCell, isUnsafe, storeFaults } from './store-verdict.js'
import { classicsAmong, othersAmong, syncVerdict } from './sync-verdict.js'

type Colours = InstanceType<typeof Chalk>

type Up = Extract<AnyLinkStatus, { state: 'up' }> & { readonly upMs: number }

/** One end of a link: its state as its server reports it, `unknown` if that server has no such link, undefined if that server has not answered. */
type End = Up | Extract<AnyLinkStatus, { state: 'other' }> | 'down' | 'unknown' | undefined

/** A probe result as text: servers, links and, in the last line, whether they are in sync. */
export function formatProbe(result: ProbeResult, topology: Topology, isColoured: boolean): string {
  const colours = new Chalk({ level: isColoured ? 1 : 0 })
  const { inSync, words } = syncVerdict(result)
  const statuses = statusesOf(result.servers)
  const versions = new Set(statuses.map(({ version }) => version))
  const areMixed = versions.size > 1
  const classics = classicsAmong(result)
  const servers = result.servers.map((asked) =>
    classics.includes(asked.name) ? classicRow(asked) : serverRow(asked, areMixed, colours),
  )
  const links = linkRows(statuses, topology, colours)
  const others = othersAmong(result)
  return [
    formatTable([...SERVER_HEAD, ...(areMixed ? ['Version'] : [])], servers),
    ...(links.length === 0 ? [] : [formatTable(LINK_HEAD, links)]),
    ...sampleTable(result.sample),
    [
      ...serverFaults(result, classics, others),
      ...othersText(others),
      ...clockNotes(statuses),
      ...sampleFaults(result.sample).map((fault) => colours.red(fault)),
      inSync ? colours.green(words) : colours.red(words),
    ].join('\n'),
  ].join('\n\n')
}

/** What is wrong with single servers, in a line each. Of servers of other programs, nothing is that is said of all of them. */
function serverFaults(
  { servers }: ProbeResult,
  classics: readonly string[],
  others: readonly string[],
): string[] {
  return servers.flatMap(({ name, answer }) => {
    if (answer.kind !== 'failed') {
      const { status } = answer
      const notes = [...memoryNotes(status), ...expiryNotes(status)]
      return [...storeFaults(status), ...notes, ...engineFaults(status)]
    }
    const isKnown = classics.includes(name) || (others.length > 1 && others.includes(name))
    return isKnown ? [] : [toExcerpt(answer.why)]
  })
}

/** Says once what is the same for all of several servers. */
function othersText(names: readonly string[]): string[] {
  if (names.length < 2) return []
  return [
    `${formatList(names)} do not report their status: they are not proxyherd, or older versions, or report only to clients that have their herd key or run on the host of a neighbour`,
  ]
}

function classicRow({ name, address: { host, port } }: ProbedServer): TableRow {
  return [name, formatAddress(host, port), 'not compared (classic)']
}

function serverRow(
  { name, address: { host, port }, answer }: ProbedServer,
  areMixed: boolean,
  colours: Colours,
): TableRow {
  const address = formatAddress(host, port)
  if (answer.kind === 'failed') return [name, address, colours.red('no status')]
  const { uptimeSeconds, clients, digest, links, version } = answer.status
  const up = links.filter(isLinkUp).length
  const ratio = `${up}/${links.length}`
  return [
    name,
    address,
    duration(uptimeSeconds * 1_000),
    clients,
    digest,
    up < links.length ? colours.red(ratio) : ratio,
    isUnsafe(answer.status) ? colours.red(diskCell(answer.status)) : diskCell(answer.status),
    isMemoryFull(answer.status) ? colours.red(memoryCell(answer.status)) : memoryCell(answer.status),
    ...(areMixed ? [version] : []),
  ]
}

/** Whether a link is up. True also for a later version that does not send the figures known here. */
export function isLinkUp(link: AnyLinkStatus): boolean {
  return (link.state === 'other' ? link.stateWord : link.state) === 'up'
}

/** Of each pair of figures, the first is for the direction from the first server of the link to the second. */
const SERVER_HEAD = ['Server', 'Address', 'Up for', 'Clients', 'Digest', 'Links', 'Disk', 'Memory']

const LINK_HEAD = ['Link', 'Up since', 'Last received', 'Pending → / ←', 'Bytes → / ←']

function linkRows(statuses: readonly AnyServerStatus[], { links }: Topology, colours: Colours): TableRow[] {
  const asked = new Map(statuses.map((status) => [status.server, status]))
  const reported = statuses.flatMap(({ server, links }) =>
    links.map(({ neighbour }) => [server, neighbour] as const),
  )
  const pairs = new Map<string, readonly [string, string]>()
  // A server that was started with another topology may report other links.
  for (const pair of [...links, ...reported]) {
    const key = [...pair].sort().join(' ')
    if (!pairs.has(key) && pair.some((end) => asked.has(end))) pairs.set(key, pair)
  }
  return [...pairs.values()].map(([a, b]) => {
    const ends = [endOf(asked.get(a), b), endOf(asked.get(b), a)] as const
    return linkRow([a, b], ends, colours)
  })
}

function endOf(status: AnyServerStatus | undefined, neighbour: string): End {
  const link = status?.links.find((link) => link.neighbour === neighbour)
  if (!status || !link) return status && 'unknown'
  if (link.state === 'down') return 'down'
  if (link.state === 'other') return link
  return { ...link, upMs: 1_000 * (link.upSeconds ?? upSecondsOf(link, status)) }
}

/** For how long a link of version 0.1.0 has been up, whose uptime is by the same clock. */
function upSecondsOf(
  { upSince }: Pick<Up, 'upSince'>,
  { startedAt, uptimeSeconds }: AnyServerStatus,
): number {
  return uptimeSeconds - (Date.parse(upSince) - Date.parse(startedAt)) / 1_000
}

function linkRow(names: readonly [string, string], ends: readonly [End, End], colours: Colours): TableRow {
  const up = ends.filter(isUp)
  const [first] = up
  const name = names.join('–')
  const problem = linkProblem(names, ends)
  if (!first) return [name, colours.red(problem)]
  const since = `${duration(Math.min(...up.map(({ upMs }) => upMs)))} ago`
  const heard = Math.max(...up.map(({ lastHeardSecondsAgo }) => lastHeardSecondsAgo))
  const { kind = '' } = up.find(({ kind }) => kind !== 'proxyherd') ?? {}
  return [
    name,
    problem === '' ? `${since}${kind === '' ? '' : ` (${kind})`}` : colours.red(problem),
    `${duration(heard * 1_000)} ago`,
    ends.map((end) => (isUp(end) ? end.pending : '?')).join(' / '),
    [bytes(ends[0], ends[1]), bytes(ends[1], ends[0])].join(' / '),
  ]
}

function isUp(end: End): end is Up {
  return typeof end === 'object' && end.state === 'up'
}

/** What is wrong with a link: `down`, or `down at Elm` if its other end, Oak, sees it differently. */
function linkProblem(names: readonly [string, string], ends: readonly [End, End]): string {
  if (ends.every((end) => end === 'down' || end === undefined)) return 'down'
  return ends
    .flatMap((end, index) => (end === undefined || isUp(end) ? [] : [`${problemAt(end)} ${names[index]}`]))
    .join(', ')
}

function problemAt(end: Exclude<End, Up | undefined>): string {
  if (typeof end === 'object') return `${end.stateWord} at`
  return end === 'down' ? 'down at' : 'unknown to'
}

/** The bytes from one end to the other, of which at least one is up: those that the sender reports or, failing that, the receiver. */
function bytes(from: End, to: End): string {
  return prettyBytes(isUp(from) ? from.sentBytes : (to as Up).receivedBytes)
}

function duration(milliseconds: number): string {
  return prettyMilliseconds(Math.max(0, milliseconds), { unitCount: 2, secondsDecimalDigits: 0 })
}
