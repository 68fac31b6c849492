import t from 'tap'
import { MAX_LOCATIONS } from '../../src/web/in/incoming.js'
import { parseTraccar } from '../../src/web/in/traccar.js'
import { appRequest, readIncoming } from '../fixtures/app-request.js'

const ID = 'set the device identifier in the app to a name without spaces'

/** What version 9 of the app sends. */
const LOCATION = {
  timestamp: '2026-08-02T01:02:03.456Z',
  coords: {
    latitude: 34.06893,
    longitude: -118.445127,
    accuracy: 9.2,
    speed: -1,
    heading: -1,
    altitude: 11.5,
  },
  is_moving: false,
  odometer: 1520.4,
  event: 'motionchange',
  battery: { level: 0.87, is_charging: false },
  activity: { type: 'still' },
  extras: {},
  _: '&id=48241179&lat=34.06893&lon=-118.445127&timestamp=2026-08-02T01:02:03.456Z&',
}
const IS = '48241179 +34.06893-118.445127 1785632523.456'

function message(coords: string, rest = ''): string {
  return `{"location":{"timestamp":"2021-01-01T00:00:00.000Z","coords":{${coords}}${rest}},"device_id":"kiwi"}`
}

const cases = [
  { title: 'Traccar Client 9', body: { location: LOCATION, device_id: '48241179' }, is: [IS] },
  {
    title: 'a number keeps the digits that a double would lose',
    body: message('"latitude":34.068930000000000001,"longitude":-118.44512700'),
    is: ['kiwi +34.068930000000000001-118.44512700 1609459200.000'],
  },
  {
    title: 'numbers with exponents, negative zero and an integer',
    body: message('"latitude":-0.0,"longitude":1.0E-5').replace('"kiwi"', '7'),
    is: ['7 -0.0+0.000010 1609459200.000'],
  },
  {
    title: 'strings for numbers',
    body: message('"latitude":"34.10","longitude":"-118.40"'),
    is: ['kiwi +34.10-118.40 1609459200.000'],
  },
  {
    title: 'numbers and quotes in strings stay as they are',
    body: message('"latitude":1,"longitude":2').replace('kiwi', String.raw`a\"1,\\\u0031`),
    is: ['a"1,\\1 +1+2 1609459200.000'],
  },
  {
    title: 'null for what the phone does not know',
    body: message('"latitude":1,"longitude":2,"altitude":null', ',"battery":null,"extras":null'),
    is: ['kiwi +1+2 1609459200.000'],
  },
  {
    title: 'a byte order mark and spaces before the JSON',
    body: `\ufeff\r\n ${message('"latitude":1,"longitude":2')}`,
    is: ['kiwi +1+2 1609459200.000'],
  },
  {
    title: 'no time is now',
    body: { location: { coords: LOCATION.coords }, device_id: 'ü' },
    is: ['Ã¼ +34.06893-118.445127 now'],
  },
  {
    title: 'a batch',
    body: { location: [LOCATION, { ...LOCATION, timestamp: 1785632524 }], device_id: '48241179' },
    is: [IS, '48241179 +34.06893-118.445127 1785632524'],
  },
  {
    title: 'a batch with one invalid location',
    body: { location: [{ ...LOCATION, timestamp: 'soon' }, LOCATION, 5, null], device_id: '48241179' },
    is: [IS],
  },
  {
    title: '?id= counts before the device identifier',
    query: 'id=kiwi',
    body: { location: { coords: LOCATION.coords }, device_id: '48241179' },
    is: ['kiwi +34.06893-118.445127 now'],
  },
  { title: 'the query of earlier versions', query: 'id=kiwi&lat=1&lon=2&timestamp=3', is: ['kiwi +1+2 3'] },
  { title: 'the form of a program', body: 'id=kiwi&lat=1&lon=2&timestamp=3', is: ['kiwi +1+2 3'] },
  { title: 'no location', body: { device_id: 'kiwi' }, is: ['ignored'] },
  { title: 'a null location', body: { device_id: 'kiwi', location: null }, is: ['ignored'] },
  { title: 'an empty batch', body: { device_id: 'kiwi', location: [] }, is: ['ignored'] },
  {
    title: 'a location without coordinates',
    body: { device_id: 'kiwi', location: { event: 'heartbeat' } },
    is: ['ignored'],
  },
  { title: 'null coordinates', body: { device_id: 'kiwi', location: { coords: null } }, is: ['ignored'] },
  { title: 'no client', body: { location: LOCATION }, is: [`400: the request names no client: ${ID}`] },
  {
    title: 'a null client',
    body: { location: LOCATION, device_id: null },
    is: [`400: the request names no client: ${ID}`],
  },
  {
    title: 'a client with a newline',
    body: { location: LOCATION, device_id: 'a\nb' },
    is: [`400: the client ID "a\nb" has white space in it: ${ID}`],
  },
  {
    title: 'a client of a wrong type',
    body: { device_id: {} },
    is: ['400: "device_id" is missing or of the wrong type'],
  },
  {
    title: 'a latitude of a wrong type',
    body: message('"latitude":true,"longitude":2'),
    is: ['400: "coords.latitude" is missing or of the wrong type'],
  },
  {
    title: 'a missing longitude',
    body: message('"latitude":1'),
    is: ['400: "coords.longitude" is missing or of the wrong type'],
  },
  {
    title: 'a latitude beyond the pole',
    body: message('"latitude":90.5,"longitude":2'),
    is: ['400: the latitude "90.5" is not a number from -90 to 90 with a decimal point, such as 34.06893'],
  },
  { title: 'a list of messages', body: '[]', is: ['400: a message is not an object'] },
  { title: 'JSON that is cut off', body: '{"location":', is: ['400: the body is not JSON'] },
  { title: 'a number that is not one of JSON', body: '{"device_id":01}', is: ['400: the body is not JSON'] },
  { title: 'a number as a name', body: '{1:2}', is: ['400: the body is not JSON'] },
  {
    title: 'JSON nested without end',
    body: '{"a":'.repeat(100_000),
    is: ['400: the body is nested too deeply or has too many parts'],
  },
]

for (const { title, is, ...request } of cases)
  t.test(title, async (t) => {
    t.same(readIncoming(parseTraccar(appRequest(request))), is)
  })

t.test('a batch says what is wrong with its other locations', async (t) => {
  const body = { location: [{ ...LOCATION, timestamp: 'soon' }, LOCATION, 5], device_id: 'kiwi' }
  t.match(parseTraccar(appRequest({ body })), {
    kind: 'reports',
    refused: [{ kind: 'fault', why: /^the time "soon" is neither/ }, { why: 'a message is not an object' }],
    reply: { contentType: undefined, body: '' },
  })
})

t.test('a body that is not UTF-8 is a fault', async (t) => {
  const body = Buffer.from('{"device_id":"\xff"}', 'latin1')
  t.same(readIncoming(parseTraccar({ query: '', headers: {}, body })), ['400: the body is not UTF-8'])
})

t.test(`a request has at most ${MAX_LOCATIONS} locations`, async (t) => {
  const location = { coords: { latitude: 1, longitude: 2 } }
  const most = { location: Array.from({ length: MAX_LOCATIONS }, () => location), device_id: 'kiwi' }
  t.equal(readIncoming(parseTraccar(appRequest({ body: most }))).length, MAX_LOCATIONS)
  const more = { ...most, location: [...most.location, location] }
  t.same(readIncoming(parseTraccar(appRequest({ body: more }))), [
    '413: the request has 2001 locations, more than 2000',
  ])
})

t.test('long strings cost no stack', async (t) => {
  const body = { device_id: 'kiwi', location: { coords: LOCATION.coords, extras: '\\"'.repeat(500_000) } }
  t.same(readIncoming(parseTraccar(appRequest({ body }))), ['kiwi +34.06893-118.445127 now'])
})
