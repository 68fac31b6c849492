import t from 'tap'
import { parseOsmand } from '../../src/web/in/osmand.js'
import { appRequest, readIncoming } from '../fixtures/app-request.js'

const ID = 'set "id" to a name without spaces'

const cases = [
  {
    title: 'OsmAnd sends milliseconds and what it has besides',
    query:
      'id=kiwi&lat=55.777084&lon=37.583107&timestamp=1505643877787&hdop=10.0&altitude=0.0&speed=0.0&bearing=0.0',
    is: 'kiwi +55.777084+37.583107 1505643877.787',
  },
  {
    title: 'Traccar Client 8 for Android sends seconds and its battery',
    query:
      'id=48241179&timestamp=1621464827&lat=34.068930&lon=-118.445127&speed=0.0&bearing=0.0&altitude=13.5&accuracy=20.0&batt=87.0&mock=true',
    is: '48241179 +34.068930-118.445127 1621464827',
  },
  {
    title: 'Java writes a small number with an exponent',
    query: 'id=greenwich&timestamp=1621464827&lat=51.4778&lon=-5.0E-4&speed=0.0',
    is: 'greenwich +51.4778-0.00050 1621464827',
  },
  {
    title: 'GPSLogger sends %TIME',
    query: 'id=kiwi&lat=45.62795132182774&lon=-9.5&timestamp=2016-01-27T18:55:47Z&hdop=30.0&sat=&prov=gps',
    is: 'kiwi +45.62795132182774-9.5 1453920947',
  },
  {
    title: 'GPSLogger sends %TIMEOFFSET without escaping its plus sign',
    query: 'id=kiwi&lat=45.6&lon=9.5&timestamp=2024-05-01T12:00:00.120+02:00',
    is: 'kiwi +45.6+9.5 1714557600.120',
  },
  {
    title: 'Overland for iOS fills in its URL',
    query: 'id=kiwi&timestamp=2023-12-05T16:50:25Z&lat=45.5123&lon=-122.6789&accuracy=5',
    body: '{"locations":[]}',
    is: '400: the body is JSON, which /in/traccar takes',
  },
  {
    title: 'the location may be one parameter',
    query: 'deviceid=kiwi&location=48.8566,2.3522&timestamp=1609459200',
    is: 'kiwi +48.8566+2.3522 1609459200',
  },
  {
    title: 'the date and time of Traccar is in UTC',
    query:
      'id=863071016800770&timestamp=2016-01-15%2021:41:18.000&lat=-26.619913&lon=152.859238&ignition=OFF',
    is: '863071016800770 -26.619913+152.859238 1452894078.000',
  },
  { title: 'no time is now', query: 'id=kiwi&lat=48.8566&lon=2.3522', is: 'kiwi +48.8566+2.3522 now' },
  {
    title: 'a form counts like a query',
    body: 'id=kiwi&lat=%2B48.8566&lon=-0&timestamp=1609459200',
    is: 'kiwi +48.8566-0 1609459200',
  },
  {
    title: 'the query counts before the form',
    query: 'token=t&id=kiwi',
    body: 'id=48241179&lat=48.8566&lon=2.3522&timestamp=1609459200',
    is: 'kiwi +48.8566+2.3522 1609459200',
  },
  {
    title: 'the client ID that the URL had before the app added its own counts',
    query: 'id=kiwi&id=48241179&timestamp=1609459200&lat=1&lon=2',
    is: 'kiwi +1+2 1609459200',
  },
  {
    title: 'a client ID is any bytes',
    query: 'id=%FF%C3%BC%00&lat=1&lon=2&timestamp=3',
    is: '\xff\xc3\xbc\0 +1+2 3',
  },
  {
    title: 'the first fix of null island is a position',
    query: 'id=kiwi&lat=0&lon=0.0',
    is: 'kiwi +0+0.0 now',
  },
  {
    title: 'a request without a position is ignored',
    query: 'id=kiwi&cell=208,10,12345,67890',
    is: 'ignored',
  },
  { title: 'a phone without a fix is ignored', query: 'id=kiwi&valid=false&lat=0&lon=0', is: 'ignored' },
  { title: 'valid=0 is no fix', query: 'id=kiwi&valid=0&lat=1&lon=2', is: 'ignored' },
  { title: 'valid=1 is a fix', query: 'id=kiwi&valid=1&lat=1&lon=2', is: 'kiwi +1+2 now' },
  { title: 'an empty request is a fault', is: `400: the request names no client: ${ID}` },
  {
    title: 'an empty client ID is a fault',
    query: 'id&lat=1',
    is: `400: the request names no client: ${ID}`,
  },
  {
    title: 'a client ID with a space is a fault',
    query: 'id=Zo%C3%AB+1&lat=1&lon=2',
    is: `400: the client ID "Zoë 1" has white space in it: ${ID}`,
  },
  {
    title: 'an overlong client ID is a fault',
    query: `id=${'k'.repeat(4_097)}&lat=1&lon=2`,
    is: `400: the client ID has 4097 bytes, more than 4096: ${ID}`,
  },
  { title: 'half a position is a fault', query: 'id=kiwi&lat=1', is: '400: "lon" is missing' },
  { title: 'the other half is one, too', query: 'id=kiwi&lon=1', is: '400: "lat" is missing' },
  {
    title: 'an unreplaced placeholder is a fault',
    query: 'id=kiwi&lat=%LAT&lon=%LON',
    is: '400: the latitude "%LAT" is not a number from -90 to 90 with a decimal point, such as 34.06893',
  },
  {
    title: 'a decimal comma is a fault',
    query: 'id=kiwi&lat=34.06&lon=118,44',
    is: '400: the longitude "118,44" is not a number from -180 to 180 with a decimal point, such as 34.06893',
  },
  {
    title: 'decimal commas in a location are a fault',
    query: 'id=kiwi&location=34,06,118,44',
    is: '400: the location "34,06,118,44" is not a latitude and a longitude such as 34.06,-118.44',
  },
  {
    title: 'half a location is a fault',
    query: 'id=kiwi&location=34.06',
    is: '400: the location "34.06" is not a latitude and a longitude such as 34.06,-118.44',
  },
  {
    title: 'an empty time is a fault',
    query: 'id=kiwi&lat=1&lon=2&timestamp=',
    is: '400: the time "" is neither seconds or milliseconds since 1970 nor a date and time since then, such as 2021-01-31T08:05:09Z',
  },
]

for (const { title, is, ...request } of cases)
  t.test(title, async (t) => {
    t.same(readIncoming(parseOsmand(appRequest(request))), [is])
  })

t.test('the reply is empty', async (t) => {
  for (const query of ['id=kiwi&lat=1&lon=2', 'id=kiwi'])
    t.match(parseOsmand(appRequest({ query })), { reply: { contentType: undefined, body: '' } })
})

t.test('only the first 200 parameters are read', async (t) => {
  const many = 'x&'.repeat(198)
  t.same(readIncoming(parseOsmand(appRequest({ query: `${many}id=kiwi&lat=1&lon=2` }))), [
    '400: "lon" is missing',
  ])
})
