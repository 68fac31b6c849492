import { toExcerpt } from '../log/escape-text.js'
import { formatCount } from '../topology/format-list.js'
import { formatTable } from './format-table.js'
import type { HerdSample, SampledServer } from './sample-classics.js'

/** How many answers of each kind the servers have given, as a table; empty if nothing was compared. */
export function sampleTable(sample: HerdSample | undefined): string[] {
  if (sample?.kind !== 'compared') return []
  const rows = sample.servers.map(({ name, equal, older, newer, unknown, unanswered }) => [
    name,
    equal,
    older,
    newer,
    unknown,
    unanswered,
  ])
  return [formatTable(['Sampled', 'Equal', 'Older', 'Newer', 'Unknown', 'Unanswered'], rows)]
}

/** What is wrong with the servers of other programs, as far as a sample shows, in a line each. */
export function sampleFaults(sample: HerdSample | undefined): string[] {
  if (!sample) return []
  if (sample.kind === 'failed') return [toExcerpt(sample.why)]
  const { source, clients } = sample
  return sample.servers
    .filter((server) => differing(server) > 0)
    .map(
      (server) =>
        `${server.name} does not answer as ${source} for ${differing(server)} of ${formatCount(clients, 'client')}`,
    )
}

function differing({ older, newer, unknown, unanswered }: SampledServer): number {
  return older + newer + unknown + unanswered
}
