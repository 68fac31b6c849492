import t from 'tap'
import { MAX_LOCATIONS } from '../../src/web/in/incoming.js'
import { parseOwntracks } from '../../src/web/in/owntracks.js'
import { appRequest, readIncoming } from '../fixtures/app-request.js'

const NO_CLIENT =
  '400: the request names no client: set a username and a device ID without spaces in the app, or add ?id= to the URL'

/** What the app for iOS sends. */
const IOS = {
  _type: 'location',
  acc: 13,
  alt: 41,
  batt: 81,
  bs: 1,
  cog: 271,
  conn: 'w',
  created_at: 1785632530,
  inregions: ['home'],
  lat: 48.85833,
  lon: 2.29513,
  m: 1,
  p: 100.3,
  SSID: 'Café 5 "5e3"',
  t: 'u',
  tid: 'JJ',
  topic: 'owntracks/jane/phone',
  tst: 1785632523,
  vac: 10,
  vel: 0,
}

/** What the app for Android sends, with the user and device in headers only. */
const ANDROID = {
  _type: 'location',
  BSSID: '00:00:00:00:00:00',
  _id: 'a1b2',
  acc: 4,
  lat: 48.85833,
  lon: 2.29513,
  tid: 'ne',
  tst: 1785632523,
}

const AT = '+48.85833+2.29513 1785632523'
const HEADERS = { 'x-limit-u': 'jane', 'x-limit-d': 'phone' }

const cases = [
  {
    title: 'the app for iOS names its user and device in headers',
    headers: HEADERS,
    body: IOS,
    is: [`jane/phone ${AT}`],
  },
  { title: 'so does the app for Android', headers: HEADERS, body: ANDROID, is: [`jane/phone ${AT}`] },
  {
    title: 'without a username the device counts',
    headers: { 'x-limit-d': 'nexus' },
    body: ANDROID,
    is: [`nexus ${AT}`],
  },
  {
    title: 'without a device the user counts',
    headers: { 'x-limit-u': 'jane', 'x-limit-d': '' },
    body: ANDROID,
    is: [`jane ${AT}`],
  },
  { title: 'the topic counts without headers', body: IOS, is: [`jane/phone ${AT}`] },
  {
    title: 'a topic of another form counts whole',
    body: { ...IOS, topic: 'fleet/7' },
    is: [`fleet/7 ${AT}`],
  },
  { title: 'the tracker ID counts without a topic', body: ANDROID, is: [`ne ${AT}`] },
  {
    title: 'the user and device of the URL count before the headers',
    query: 'u=joe&d=tab',
    headers: HEADERS,
    body: IOS,
    is: [`joe/tab ${AT}`],
  },
  {
    title: '?id= counts before all',
    query: 'u=joe&id=kiwi',
    headers: HEADERS,
    body: IOS,
    is: [`kiwi ${AT}`],
  },
  {
    title: 'bytes of a header stay as they are',
    headers: { 'x-limit-d': 'Zo\xc3\xab' },
    body: ANDROID,
    is: [`Zo\xc3\xab ${AT}`],
  },
  {
    title: 'numbers may be strings, as before version 8',
    headers: HEADERS,
    body: { _type: 'location', lat: '48.858330', lon: '-2.29', tst: '1376715317', acc: '75', batt: 'nn' },
    is: ['jane/phone +48.858330-2.29 1376715317'],
  },
  {
    title: 'numbers keep their digits',
    headers: HEADERS,
    body: '{"_type":"location","lat":48.858330000000002,"lon":-5e-05,"tst":1.785632523E9}',
    is: ['jane/phone +48.858330000000002-0.00005 1785632523'],
  },
  {
    title: 'no time is now',
    headers: HEADERS,
    body: { _type: 'location', lat: 0, lon: -0.5, tst: null, topic: null, tid: null },
    is: ['jane/phone +0-0.5 now'],
  },
  {
    title: 'a list of messages',
    headers: HEADERS,
    body: [{ _type: 'lwt', tst: 1 }, ANDROID, { ...ANDROID, tst: 1785632524 }],
    is: [`jane/phone ${AT}`, 'jane/phone +48.85833+2.29513 1785632524'],
  },
  { title: 'an empty body is ignored', headers: HEADERS, is: ['ignored'] },
  { title: 'an empty list is ignored', headers: HEADERS, body: [], is: ['ignored'] },
  {
    title: 'a message without a position needs no client',
    body: { _type: 'lwt', tst: 1380738247 },
    is: ['ignored'],
  },
  {
    title: 'an app on iOS in which nothing is set',
    headers: { 'x-limit-u': 'user', 'x-limit-d': 'device' },
    body: IOS,
    is: [NO_CLIENT],
  },
  { title: 'its default topic', body: { ...IOS, topic: 'owntracks/user/device' }, is: [NO_CLIENT] },
  { title: 'no client at all', body: { _type: 'location', lat: 1, lon: 2, tst: 3 }, is: [NO_CLIENT] },
  {
    title: 'a device ID with a space',
    headers: { 'x-limit-u': 'jane', 'x-limit-d': 'my phone' },
    body: ANDROID,
    is: [
      '400: the client ID "jane/my phone" has white space in it: set a username and a device ID without spaces in the app, or add ?id= to the URL',
    ],
  },
  {
    title: 'an encrypted message',
    headers: HEADERS,
    body: { _type: 'encrypted', data: 'mBkuA5wmRnOlZ4U7' },
    is: ['400: the message is encrypted: leave the encryption key in the app empty, and use HTTPS'],
  },
  {
    title: 'a location without a longitude',
    headers: HEADERS,
    body: { _type: 'location', lat: 1 },
    is: ['400: "lon" is missing or of the wrong type'],
  },
  {
    title: 'a message without a type',
    headers: HEADERS,
    body: { lat: 1, lon: 2 },
    is: ['400: "_type" is missing or of the wrong type'],
  },
  { title: 'a number', headers: HEADERS, body: '5', is: ['400: a message is not an object'] },
  { title: 'spaces', headers: HEADERS, body: ' \n', is: ['400: the body is empty'] },
  {
    title: 'a latitude of a wrong size',
    headers: HEADERS,
    body: { ...ANDROID, lat: 488583300 },
    is: [
      '400: the latitude "488583300" is not a number from -90 to 90 with a decimal point, such as 34.06893',
    ],
  },
]

for (const { title, is, ...request } of cases)
  t.test(title, async (t) => {
    t.same(readIncoming(parseOwntracks(appRequest(request))), is)
  })

const others = [
  { _type: 'lwt', tst: 1380738247 },
  { _type: 'waypoint', desc: 'Home', lat: 48.85833, lon: 2.29513, rad: 100, tst: 1498200000 },
  { _type: 'waypoints', waypoints: [] },
  {
    _type: 'transition',
    wtst: 1425042603,
    lat: 12.34,
    lon: 44.5,
    tst: 1427634603,
    acc: 130,
    tid: 'JP',
    event: 'enter',
    t: 'b',
  },
  { _type: 'cmd', action: 'reportLocation' },
  { _type: 'status', iOS: { version: '18.1.2' } },
  { _type: 'card', name: 'Jane Jolie', tid: 'JJ', face: 'iVBORw0KGgo' },
  { _type: 'beacon', desc: 'b', uuid: 'u', major: 1, minor: 2, tst: 3, acc: 0, prox: 0 },
  { _type: 'steps', tst: 1400455130, steps: 1234, from: 1400455070, to: 1400455130 },
  { _type: 'configuration', mode: 3, deviceId: 'phone' },
  { _type: 'dump', configuration: {} },
  { _type: 'request', request: 'tour' },
]

for (const body of others)
  t.test(`a message of type ${body._type} is ignored`, async (t) => {
    t.same(readIncoming(parseOwntracks(appRequest({ headers: HEADERS, body }))), ['ignored'])
  })

t.test('the reply is an empty list of messages', async (t) => {
  const reply = { contentType: 'application/json', body: '[]' }
  for (const body of ['', IOS, { _type: 'lwt', tst: 1 }])
    t.match(parseOwntracks(appRequest({ body })), { reply })
})

t.test(`a request has at most ${MAX_LOCATIONS} messages`, async (t) => {
  const body = Array.from({ length: MAX_LOCATIONS + 1 }, () => ANDROID)
  t.same(readIncoming(parseOwntracks(appRequest({ body }))), [
    '413: the request has 2001 messages, more than 2000',
  ])
})
