import t from 'tap'
import { MAX_LOCATIONS } from '../../src/web/in/incoming.js'
import { parseOverland } from '../../src/web/in/overland.js'
import { appRequest, readIncoming } from '../fixtures/app-request.js'

const NO_CLIENT =
  '400: the request names no client: set a device ID without spaces in the app, or add ?id= to the URL'

/** What the app for iOS sends. */
function feature(properties: object = {}, coordinates: unknown = [-122.030581, 37.3318]): object {
  return {
    type: 'Feature',
    geometry: { type: 'Point', coordinates },
    properties: {
      timestamp: '2015-10-01T08:00:00-0700',
      altitude: 0,
      speed: 4,
      horizontal_accuracy: 30,
      vertical_accuracy: -1,
      motion: ['driving', 'stationary'],
      pauses: false,
      activity: 'other_navigation',
      desired_accuracy: 100,
      deferred: 1000,
      significant_change: 'disabled',
      locations_in_payload: 1,
      battery_state: 'charging',
      battery_level: 0.8,
      device_id: 'kiwi',
      wifi: '',
      ...properties,
    },
  }
}

/** What the app for Android sends. */
const ANDROID =
  '{"locations":[{"type":"Feature",         "geometry": {           "type": "Point",              "coordinates": [      -0.00012,      51.47784    ]  },' +
  '"properties": { "timestamp": "2026-08-02T01:02:03.456Z", "battery_level": 0.89, "speed": 1.5, "altitude": 40.1, "horizontal_accuracy": 5, ' +
  '"vertical_accuracy": 3, "significant_change": "disabled", "locations_in_payload": 1, "battery_state": false, "device_id": "", "wifi": "", ' +
  '"deferred": "0", "desired_accuracy": "-1", "activity": "other", "pauses": true, "motion": ["walking"] } }]}'

const IS = 'kiwi +37.3318-122.030581 1443711600'

const cases = [
  { title: 'a batch of one', body: { locations: [feature()] }, is: [IS] },
  {
    title: 'a batch of two, not in the order of time',
    body: { locations: [feature(), feature({ timestamp: '2015-10-01T07:00:00-0700' })] },
    is: [IS, 'kiwi +37.3318-122.030581 1443708000'],
  },
  {
    title: 'Overland for Android leaves the device ID empty',
    query: 'id=kiwi',
    body: ANDROID,
    is: ['kiwi +51.47784-0.00012 1785632523.456'],
  },
  {
    title: '?id= counts before the device ID',
    query: 'id=lime',
    body: { locations: [feature()] },
    is: [IS.replace('kiwi', 'lime')],
  },
  {
    title: 'the unique ID counts without a device ID',
    body: { locations: [feature({ device_id: '', unique_id: '5A75-CCC0' })] },
    is: [IS.replace('kiwi', '5A75-CCC0')],
  },
  {
    title: 'the digits of numbers stay as they are, and the altitude is not read',
    body: { locations: [feature({}, ['-122.030580', '37.00', 12.5])] },
    is: ['kiwi +37.00-122.030580 1443711600'],
  },
  {
    title: 'the current location counts beside a batch of old ones',
    body: { locations: [feature()], current: feature({ timestamp: '2015-10-01T15:00:01Z' }) },
    is: [IS, 'kiwi +37.3318-122.030581 1443711601'],
  },
  {
    title: 'no current location',
    body: { locations: [feature()], current: null, trip: { distance: 5 } },
    is: [IS],
  },
  {
    title: 'no time is now',
    body: { locations: [feature({ timestamp: null })] },
    is: ['kiwi +37.3318-122.030581 now'],
  },
  {
    title: 'the summary of a trip is ignored',
    body: {
      locations: [
        feature({
          type: 'trip',
          mode: 'walking',
          start: '2018-07-03T15:21:02Z',
          end: '2018-07-03T15:21:10Z',
        }),
      ],
    },
    is: ['ignored'],
  },
  {
    title: 'a trip without a geometry is ignored',
    body: {
      locations: [{ type: 'Feature', properties: { type: 'trip', timestamp: '2018-07-03T15:21:10Z' } }],
    },
    is: ['ignored'],
  },
  {
    title: 'a visit is ignored: its time is that of the message',
    body: {
      locations: [feature({ action: 'visit', arrival_date: '2023-12-10T10:00:00Z', departure_date: null })],
    },
    is: ['ignored'],
  },
  {
    title: 'an entry about the app is ignored',
    body: {
      locations: [{ type: 'Feature', geometry: null, properties: { action: 'paused_location_updates' } }],
    },
    is: ['ignored'],
  },
  { title: 'an empty batch is ignored', body: { locations: [] }, is: ['ignored'] },
  {
    title: 'one invalid location does not keep the others',
    body: {
      locations: [feature({}, []), feature({}, [0, 91]), feature({ device_id: 'my phone' }), feature(), null],
    },
    is: [IS],
  },
  { title: 'no device ID', body: { locations: [feature({ device_id: '' })] }, is: [NO_CLIENT] },
  {
    title: 'no longitude',
    body: { locations: [feature({}, [1])] },
    is: ['400: "geometry.coordinates.1" is missing or of the wrong type'],
  },
  {
    title: 'no coordinates',
    body: { locations: [feature({}, null)] },
    is: ['400: "geometry.coordinates" is missing or of the wrong type'],
  },
  { title: 'no locations', body: {}, is: ['400: "locations" is missing or of the wrong type'] },
  {
    title: 'locations that are no list',
    body: { locations: feature() },
    is: ['400: "locations" is missing or of the wrong type'],
  },
  { title: 'no JSON', body: 'locations=1', is: ['400: the body is not JSON'] },
  { title: 'an empty body', is: ['400: the body is empty'] },
]

for (const { title, is, ...request } of cases)
  t.test(title, async (t) => {
    t.same(readIncoming(parseOverland(appRequest(request))), is)
  })

t.test('the reply says that the batch was taken', async (t) => {
  for (const locations of [[], [feature()]])
    t.match(parseOverland(appRequest({ body: { locations } })), {
      reply: { contentType: 'application/json', body: '{"result":"ok"}' },
    })
})

t.test(`a request has at most ${MAX_LOCATIONS} locations`, async (t) => {
  const body = { locations: Array.from({ length: MAX_LOCATIONS + 1 }, () => ({ properties: {} })) }
  t.same(readIncoming(parseOverland(appRequest({ body }))), [
    '413: the request has 2001 locations, more than 2000: choose fewer points per batch',
  ])
})
