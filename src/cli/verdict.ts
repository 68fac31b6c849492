import type { AnyServerStatus } from '../net/status-probe.js'
import { counted, listed } from '../topology/words.js'
import { statusesOf, type Look } from './look.js'

/** Whether servers hold the same; `words` say so in one line, and if not, why not. */
export interface Verdict {
  readonly inSync: boolean
  readonly words: string
}

/** Servers are in sync if all have answered and their digests are equal: nothing else counts. */
export function judge({ servers, rounds }: Look): Verdict {
  const statuses = statusesOf(servers)
  const silent = servers.filter(({ answer }) => answer.kind === 'failed').map(({ name }) => name)
  const groups = byDigest(statuses)
  const [status] = statuses
  if (status && silent.length === 0 && groups.length === 1) {
    const what = [counted(servers.length, 'server'), counted(status.clients, 'client')].join(', ')
    return { inSync: true, words: `in sync: ${what}, digest ${status.digest}` }
  }
  const faults: string[] = []
  if (silent.length > 0) faults.push(`${listed(silent)} gave no status`)
  if (groups.length === 1 && statuses.length > 1) faults.push(`the other ${statuses.length} are in sync`)
  if (groups.length > 1) faults.push(`${differing(rounds)}: ${groups.map(groupWords).join('; ')}`)
  return { inSync: false, words: `not in sync: ${faults.join('; ')}` }
}

function byDigest(statuses: readonly AnyServerStatus[]): AnyServerStatus[][] {
  const digests = [...new Set(statuses.map(({ digest }) => digest))]
  return digests.map((digest) => statuses.filter((status) => status.digest === digest))
}

function differing(rounds: number): string {
  return rounds === 1 ? 'digests differ' : `digests differed in each of ${rounds} rounds`
}

/** `Elm and Oak (3 clients, 2 still to be told to neighbours)`. */
function groupWords(group: readonly AnyServerStatus[]): string {
  const clients = Math.max(...group.map(({ clients }) => clients))
  const pending = group
    .flatMap(({ links }) => links)
    .reduce((sum, link) => sum + (link.state === 'up' ? link.pending : 0), 0)
  const what = [counted(clients, 'client'), ...(pending === 0 ? [] : [`${pending} pending`])].join(', ')
  return `${listed(group.map(({ server }) => server))} (${what})`
}
