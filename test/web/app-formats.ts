import fc from 'fast-check'
import t from 'tap'
import { isPosition } from '../../src/protocol/position.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { parseTime } from '../../src/protocol/time.js'
import { APP_FORMATS } from '../../src/web/in/app-formats.js'
import type { AppReport, AppRequest, Incoming } from '../../src/web/in/incoming.js'

/** Names and values that the formats know, in any arrangement. */
const names = fc.constantFrom(
  '_type',
  'lat',
  'lon',
  'tst',
  'tid',
  'topic',
  'location',
  'locations',
  'current',
  'coords',
  'latitude',
  'longitude',
  'timestamp',
  'device_id',
  'geometry',
  'coordinates',
  'properties',
  'action',
  '__proto__',
  'constructor',
)
const leaves = fc.oneof(
  fc.constantFrom(
    'location',
    'encrypted',
    'lwt',
    'kiwi',
    '',
    'a b',
    '-0',
    '1e-5',
    '1,5',
    'NaN',
    '2021-01-01T00:00:00Z',
  ),
  fc.double(),
  fc.integer(),
  fc.string(),
  fc.constantFrom(null, true, 1785632523, -122.5, 51.4, '51.4'),
)
const { message } = fc.letrec((tie) => ({
  message: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaves,
    fc.array(tie('message'), { maxLength: 4 }),
    fc.dictionary(names, tie('message'), { maxKeys: 6 }),
  ),
}))
const bodies = fc.oneof(
  fc.uint8Array(),
  fc.string().map((text) => Buffer.from(text)),
  message.map((value) => Buffer.from(JSON.stringify(value))),
  message.map((value) =>
    Buffer.from(JSON.stringify({ locations: [value], location: value, device_id: 'kiwi' })),
  ),
  message.map((value) => Buffer.from(JSON.stringify({ _type: 'location', lat: value, lon: 1, tst: value }))),
)
const queries = fc
  .oneof(
    fc.string(),
    fc
      .array(
        fc.tuple(
          fc.constantFrom('id', 'deviceid', 'lat', 'lon', 'location', 'timestamp', 'valid'),
          fc.oneof(fc.string(), leaves),
        ),
      )
      .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&')),
  )
  .map((text) => Buffer.from(text).toString('latin1'))
const headers = fc.dictionary(
  fc.constantFrom('x-limit-u', 'x-limit-d'),
  fc.oneof(fc.string(), fc.array(fc.string())),
  { noNullPrototype: true },
)

const requests: fc.Arbitrary<AppRequest> = fc.record({ query: queries, headers, body: bodies })

/** Whether an IAMAT takes what a report holds. */
function isTaken({ client, latitude, longitude, time = '0' }: AppReport): boolean {
  const position = toBytes(latitude + longitude)
  const id = Buffer.from(client).toString('latin1')
  return (
    isPosition(position, 0, position.length) &&
    parseTime(toBytes(time), 0, time.length) !== undefined &&
    /^[^\t\n\v\f\r ]{1,4096}$/.test(id)
  )
}

function isSound(incoming: Incoming): boolean {
  switch (incoming.kind) {
    case 'reports':
      return incoming.reports.length > 0 && incoming.reports.every(isTaken)
    case 'ignored':
      return true
    case 'fault':
      return incoming.why.length < 500
  }
}

for (const [path, { parse, methods }] of APP_FORMATS)
  t.test(`/in/${path} never throws, and reports what an IAMAT takes`, async (t) => {
    t.ok(methods.includes('POST'))
    fc.assert(
      fc.property(requests, (request) => isSound(parse(request))),
      { numRuns: 1_000 },
    )
  })

t.test('the formats of all apps have a path', async (t) => {
  t.same([...APP_FORMATS.keys()], ['osmand', 'traccar', 'owntracks', 'overland'])
})
