import { Chalk } from 'chalk'
import prettyBytes from 'pretty-bytes'
import prettyMilliseconds from 'pretty-ms'
import { toExcerpt } from '../log/escape-text.js'
import { formatAddress } from '../net/connection.js'
import type { AnyLinkStatus, AnyServerStatus } from '../net/status-probe.js'
import type { Topology } from '../topology/topology.js'
import { statusesOf, type Asked, type Look } from './look.js'
import { table, type Row } from './table.js'
import { judge } from './verdict.js'

type Colours = InstanceType<typeof Chalk>

type Up = Extract<AnyLinkStatus, { state: 'up' }> & { readonly upMs: number }

/** One end of a link: as its server tells it, `unknown` to that server, or undefined if that server has not answered. */
type End = Up | Extract<AnyLinkStatus, { state: 'other' }> | 'down' | 'unknown' | undefined

/** A look at a herd for a person: its servers, its links, and in the last line whether it is in sync. */
export function showLook(look: Look, topology: Topology, isColoured: boolean): string {
  const colours = new Chalk({ level: isColoured ? 1 : 0 })
  const { inSync, words } = judge(look)
  const versions = new Set(statusesOf(look.servers).map(({ version }) => version))
  const areMixed = versions.size > 1
  const servers = look.servers.map((asked) => serverRow(asked, areMixed, colours))
  const links = linkRows(statusesOf(look.servers), topology, colours)
  const faults = look.servers.flatMap(({ answer }) =>
    answer.kind === 'failed' ? [toExcerpt(answer.why)] : [],
  )
  return [
    table(
      ['Server', 'Address', 'Up for', 'Clients', 'Digest', 'Links', ...(areMixed ? ['Version'] : [])],
      servers,
    ),
    ...(links.length === 0 ? [] : [table(LINK_HEAD, links)]),
    [...faults, inSync ? colours.green(words) : colours.red(words)].join('\n'),
  ].join('\n\n')
}

function serverRow(
  { name, address: { host, port }, answer }: Asked,
  areMixed: boolean,
  colours: Colours,
): Row {
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
    ...(areMixed ? [version] : []),
  ]
}

/** Also if a later version does not send the figures of it that are known here. */
function isLinkUp(link: AnyLinkStatus): boolean {
  return (link.state === 'other' ? link.stateWord : link.state) === 'up'
}

/** What goes from the first of two neighbours to the second stands before what goes back. */
const LINK_HEAD = ['Link', 'Up since', 'Last heard', 'Pending → / ←', 'Bytes → / ←']

function linkRows(statuses: readonly AnyServerStatus[], { links }: Topology, colours: Colours): Row[] {
  const asked = new Map(statuses.map((status) => [status.server, status]))
  const told = statuses.flatMap(({ server, links }) =>
    links.map(({ neighbour }) => [server, neighbour] as const),
  )
  const pairs = new Map<string, readonly [string, string]>()
  // A server that was started with another topology may have other links.
  for (const pair of [...links, ...told]) {
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
  const now = Date.parse(status.startedAt) + status.uptimeSeconds * 1_000
  return { ...link, upMs: now - Date.parse(link.upSince) }
}

function linkRow(names: readonly [string, string], ends: readonly [End, End], colours: Colours): Row {
  const up = ends.filter(isUp)
  const [first] = up
  const name = names.join('–')
  const trouble = troubleOf(names, ends)
  if (!first) return [name, colours.red(trouble)]
  const since = `${duration(Math.min(...up.map(({ upMs }) => upMs)))} ago`
  const heard = Math.max(...up.map(({ lastHeardSecondsAgo }) => lastHeardSecondsAgo))
  const { kind = '' } = up.find(({ kind }) => kind !== 'proxyherd') ?? {}
  return [
    name,
    trouble === '' ? `${since}${kind === '' ? '' : ` (${kind})`}` : colours.red(trouble),
    `${duration(heard * 1_000)} ago`,
    ends.map((end) => (isUp(end) ? end.pending : '?')).join(' / '),
    [bytes(ends[0], ends[1]), bytes(ends[1], ends[0])].join(' / '),
  ]
}

function isUp(end: End): end is Up {
  return typeof end === 'object' && end.state === 'up'
}

/** What is wrong with a link: `down`, or `down at Elm` if its other end, Oak, sees it differently. */
function troubleOf(names: readonly [string, string], ends: readonly [End, End]): string {
  if (ends.every((end) => end === 'down' || end === undefined)) return 'down'
  return ends
    .flatMap((end, index) => (end === undefined || isUp(end) ? [] : [`${whereWords(end)} ${names[index]}`]))
    .join(', ')
}

function whereWords(end: Exclude<End, Up | undefined>): string {
  if (typeof end === 'object') return `${end.stateWord} at`
  return end === 'down' ? 'down at' : 'unknown to'
}

/** What has gone from one end to the other, of which one at least is up: what the one has sent or, if it does not tell, the other has received. */
function bytes(from: End, to: End): string {
  return prettyBytes(isUp(from) ? from.sentBytes : (to as Up).receivedBytes)
}

function duration(milliseconds: number): string {
  return prettyMilliseconds(Math.max(0, milliseconds), { unitCount: 2, secondsDecimalDigits: 0 })
}
