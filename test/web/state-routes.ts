import t from 'tap'
import { unreadyProblem } from '../../src/web/state-routes.js'
import type { ClientRequests } from '../../src/server/client-requests.js'

t.test('a server is not ready from the first moment of a stop', async (t) => {
  const unready = (isLoaded: boolean, isStopping: boolean): unknown =>
    unreadyProblem({ requests: { isLoaded } as unknown as ClientRequests, isStopping: () => isStopping })
  t.match(unready(true, true), { status: 503, detail: 'the server is stopping' })
  t.match(unready(false, false), { status: 503, detail: 'the server is loading its reports' })
  t.equal(unready(true, false), undefined)
})
