import t from 'tap'
import { MAX_WAITING } from '../../src/web/http-limits.js'
import { REPORT_ROUTES } from '../../src/web/report-routes.js'
import { waitForReport } from '../../src/web/wait-for-report.js'
import type { WebRequest } from '../../src/web/web-route.js'
import { FULL_ACCESS } from '../../src/net/token-rights.js'
import type { ClientRequests } from '../../src/server/client-requests.js'

t.test('only so many requests wait, and each stops when it is aborted', async (t) => {
  const joined = new Set<unknown>()
  const requests = {
    join: (participant: unknown) => joined.add(participant),
    newest: () => undefined,
    leave: (participant: unknown) => joined.delete(participant),
  } as unknown as ClientRequests
  // One for each request, as the server has them.
  const aborts = Array.from({ length: MAX_WAITING }, () => new AbortController())
  const wait = ({ signal }: AbortController): Promise<boolean> =>
    waitForReport({ requests, signal }, () => false, 20_000)
  const waits = aborts.map(wait)
  const last = new AbortController()
  t.equal(joined.size, MAX_WAITING)
  t.equal(await wait(last), false)
  const [, get] = REPORT_ROUTES
  const parameters = { wait: '1s' }
  const late = {
    requests,
    signal: last.signal,
    segment: 'kiwi',
    parameters,
    access: FULL_ACCESS,
  } as unknown as WebRequest
  t.match(await get?.answer(late), { status: 429 })
  for (const abort of [...aborts, last]) abort.abort()
  await Promise.all(waits)
  t.equal(joined.size, 0)
  t.equal(await wait(last), true, 'it has been aborted already')
})
