import t from 'tap'
import { ChangeRing } from '../../src/near/change-ring.js'
import type { Change } from '../../src/near/watch.js'
import { numbered } from '../fixtures/memory.js'

function change(id: string, position: number): Change {
  const to = { latitude: 1, longitude: 1 }
  const line = `AT Clark +0.1 ${id} +1+1 1`
  const rest = { from: undefined, removal: undefined, isSuperseded: false }
  return { id, position, client: numbered(0), line, to, ...rest }
}

t.test('a ring keeps the latest changes, and knows the last one of each client', async (t) => {
  const ring = new ChangeRing(1, 800)
  for (const [index, id] of ['fig', 'kiwi', 'kiwi'].entries()) ring.push(change(id, index + 1))
  t.same([ring.hasAllAfter(0), ring.hasAllAfter(1), ring.at(1)], [false, true, undefined])
  t.same([ring.lastOf('fig'), ring.lastOf('kiwi')], [undefined, 3])
  ring.push(change('lime', 4))
  t.same([ring.at(2), ring.lastOf('kiwi'), ring.lastOf('lime')], [undefined, 3, 4])
})
