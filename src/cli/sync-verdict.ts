import type { AnyServerStatus } from '../net/status-probe.js'
import { syncGroups } from '../net/sync-groups.js'
import { formatCount, formatList } from '../topology/format-list.js'
import { hasWorkingEngine } from './engine-verdict.js'
import { isDamaged } from './store-verdict.js'
import { statusesOf, type ProbeResult } from './herd-probe.js'

/** Whether servers are in sync; `words` is one line that says so or why not. */
interface SyncVerdict {
  readonly inSync: boolean
  readonly words: string
}

/**
 * Servers are in sync if all have answered and their digests are equal, none may lack reports that were lost on its disk, and none is cut
 * off from neighbours that run, or from its engine. Nothing else counts. See `syncGroups` for servers that do not keep the same reports. Servers of other programs have no digest, so they are named as not
 * compared.
 */
export function syncVerdict(result: ProbeResult): SyncVerdict {
  const others = othersAmong(result)
  if (others.length > 0 && others.length === result.servers.length)
    return { inSync: false, words: `not compared: ${formatList(others)}; "herd ask" compares their answers` }
  const classics = classicsAmong(result)
  const verdict = proxyherdVerdict({
    ...result,
    servers: result.servers.filter(({ name }) => !classics.includes(name)),
  })
  if (classics.length === 0) return verdict
  return { ...verdict, words: `${verdict.words}; not compared: ${formatList(classics)}` }
}

/** The servers that have given no status, and that others serve as classic servers. */
export function classicsAmong({ servers }: ProbeResult): string[] {
  const served = statusesOf(servers).flatMap(({ links }) =>
    links.flatMap((link) => (link.state === 'up' && link.kind === 'plain' ? [link.neighbour] : [])),
  )
  return servers
    .filter(({ name, answer }) => answer.kind === 'failed' && served.includes(name))
    .map(({ name }) => name)
}

/** The servers that have answered, but not with their status, and that no other server is known to serve as classic ones. */
export function othersAmong(result: ProbeResult): string[] {
  const classics = classicsAmong(result)
  return result.servers
    .filter(({ name, answer }) => answer.kind === 'failed' && answer.isOther && !classics.includes(name))
    .map(({ name }) => name)
}

function proxyherdVerdict({ servers, rounds }: ProbeResult): SyncVerdict {
  const statuses = statusesOf(servers)
  const silent = servers.filter(({ answer }) => answer.kind === 'failed').map(({ name }) => name)
  const groups = syncGroups(statuses)
  const [status] = statuses
  const damaged = statuses.filter(isDamaged).map(({ server }) => server)
  const isolated = statuses.filter((status) => isIsolated(status, statuses)).map(({ server }) => server)
  const engineless = statuses.filter((status) => !hasWorkingEngine(status)).map(({ server }) => server)
  if (status && [...silent, ...damaged, ...isolated, ...engineless].length === 0 && groups.length === 1) {
    const count = formatCount(servers.length, 'server')
    const isOneDigest = statuses.every(({ digest }) => digest === status.digest)
    const what = isOneDigest
      ? `${count}, ${formatCount(status.clients, 'client')}, digest ${status.digest}`
      : `${count}, by the last comparisons of their links, as reports expire at different times`
    return { inSync: true, words: `in sync: ${what}` }
  }
  const faults: string[] = []
  if (silent.length > 0) faults.push(`${formatList(silent)} gave no status`)
  if (damaged.length > 0) faults.push(`reports were lost on the disk of ${formatList(damaged)}`)
  else if (silent.length > 0 && groups.length === 1 && statuses.length > 1)
    faults.push(`the other ${statuses.length} are in sync`)
  if (isolated.length > 0) faults.push(`isolated, linked to no neighbour: ${formatList(isolated)}`)
  if (engineless.length > 0) faults.push(`the engine of ${formatList(engineless)} does not work`)
  if (groups.length > 1) faults.push(`${differing(rounds)}: ${groups.map(groupWords).join('; ')}`)
  return { inSync: false, words: `not in sync: ${faults.join('; ')}` }
}

/** Whether all links of a server are down although a neighbour runs, so that what it acknowledges reaches no other. */
function isIsolated({ links }: AnyServerStatus, statuses: readonly AnyServerStatus[]): boolean {
  const isRunning = (name: string): boolean => statuses.some(({ server }) => server === name)
  return links.every(({ state }) => state === 'down') && links.some(({ neighbour }) => isRunning(neighbour))
}

function differing(rounds: number): string {
  return rounds === 1 ? 'digests differ' : `digests differed in each of ${rounds} rounds`
}

/** Such as `Elm and Oak (3 clients, 2 pending)`. */
function groupWords(group: readonly AnyServerStatus[]): string {
  const clients = Math.max(...group.map(({ clients }) => clients))
  const pending = group
    .flatMap(({ links }) => links)
    .reduce((sum, link) => sum + (link.state === 'up' ? link.pending : 0), 0)
  const what = [formatCount(clients, 'client'), ...(pending === 0 ? [] : [`${pending} pending`])].join(', ')
  return `${formatList(group.map(({ server }) => server))} (${what})`
}
