import t from 'tap'
import { FULL_ACCESS } from '../../src/net/token-rights.js'
import { ClientRequests, MAX_PAGE_STEPS, type ClientRequestsParts } from '../../src/server/client-requests.js'

t.test('a page ends after so many numbers, and the next goes on there', async (t) => {
  const clients = MAX_PAGE_STEPS + 1
  const flood = {
    clients: (from: number): number[] => (from === 0 ? [3] : [MAX_PAGE_STEPS]),
    isShown: () => true,
  }
  const parts = { options: { name: 'Clark', memory: { clients } }, flood }
  const requests = new ClientRequests(parts as unknown as ClientRequestsParts)
  t.same(requests.page(0, 10, FULL_ACCESS), { clients: [3], next: MAX_PAGE_STEPS })
  t.same(requests.page(MAX_PAGE_STEPS, 10, FULL_ACCESS), { clients: [MAX_PAGE_STEPS], next: undefined })
})
