import t from 'tap'
import { z } from 'zod'
import { readablePlaces } from '../../src/places/readable-places.js'

void t.test('only the readable places of a list are kept', (t) => {
  const places = readablePlaces(z.object({ name: z.string() }))
  t.same(places.parse([{ name: 'Elm' }, {}, null, { name: 'Oak', more: 1 }]), [
    { name: 'Elm' },
    { name: 'Oak' },
  ])
  t.equal(places.safeParse({}).success, false)
  t.end()
})
