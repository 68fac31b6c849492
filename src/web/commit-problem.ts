import type { ClientRequests } from '../server/client-requests.js'
import { problem, type Problem } from './problem.js'

/**
 * Waits until what the server has taken in is on its way to the neighbours and, where replies promise that, on disk. Resolves to a problem if it
 * could not be written.
 */
export async function commitProblem(
  requests: ClientRequests,
  what: 'report' | 'forget',
): Promise<Problem | undefined> {
  const committed = requests.committed()
  await requests.flushed()
  return (await committed) === false ? problem(503, `the ${what} could not be written to disk`) : undefined
}
