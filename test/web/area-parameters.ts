import t from 'tap'
import { parseBox, parsePoint, parseRadiusKm } from '../../src/web/area-parameters.js'

t.test('a point is a latitude and a longitude', async (t) => {
  t.same(parsePoint('34.06,-118.44'), { latitude: 34.06, longitude: -118.44 })
  // An unescaped plus sign in a URL is a space.
  t.same(parsePoint('-90, 180'), { latitude: -90, longitude: 180 })
  for (const text of ['', '34', '34,-118,5', '91,0', '0,181', 'x,0'])
    t.match(parsePoint(text), { status: 400, errors: [{ parameter: 'near' }] }, text)
})

t.test('a radius is in kilometres, up to half the way round the earth', async (t) => {
  t.equal(parseRadiusKm('0.5'), 500)
  t.equal(parseRadiusKm('20016'), 20_016_000)
  for (const text of ['', '-1', '20016.1', '1e3', 'x'])
    t.match(parseRadiusKm(text), { status: 400, errors: [{ parameter: 'radiusKm' }] }, text)
})

t.test('a box is west, south, east and north', async (t) => {
  t.same(parseBox('-119,34,-118,35'), { west: -119, south: 34, east: -118, north: 35 })
  t.same(parseBox('170,-10,-170,-10'), { west: 170, south: -10, east: -170, north: -10 })
  for (const text of ['', '1,2,3', '1,2,3,4,5', '0,35,0,34', '-181,0,0,0', '0,0,181,0', '0,0,0,91'])
    t.match(parseBox(text), { status: 400, errors: [{ parameter: 'bbox' }] }, text)
})
