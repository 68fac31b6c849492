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
  const abort = new AbortController()
  const request = { requests, signal: abort.signal }
  const wait = (): Promise<boolean> => waitForReport(request, () => false, 20_000)
  const waits = Array.from({ length: MAX_WAITING }, wait)
  t.equal(joined.size, MAX_WAITING)
  t.equal(await wait(), false)
  const [, get] = REPORT_ROUTES
  const parameters = { wait: '1s' }
  const late = { ...request, segment: 'kiwi', parameters, access: FULL_ACCESS } as unknown as WebRequest
  t.match(await get?.answer(late), { status: 429 })
  abort.abort()
  await Promise.all(waits)
  t.equal(joined.size, 0)
  t.equal(await wait(), true, 'it has been aborted already')
})
