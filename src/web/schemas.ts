import * as z from 'zod/mini'
import { MAX_ITEMS, MAX_NEAR_RADIUS_KM, parseText } from '../protocol/command.js'
import { DEFAULT_PAGE_CLIENTS, MAX_PAGE_CLIENTS, MAX_WAIT_SECONDS } from './http-limits.js'

/** The most characters of a number in a request. More would make a report longer than a line between servers may be. */
const MAX_DIGITS = 256

/** Describes a schema in the OpenAPI document. */
function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description })
  return schema
}

/** A text of a form; `expected` says in words what it must be. */
function matching(pattern: RegExp, expected: string) {
  return z.string(expected).check(z.maxLength(MAX_DIGITS, expected), z.regex(pattern, expected))
}

const DEGREES = 'must be decimal degrees, as a number or a string'
const degrees = z.union([z.number(), z.string().check(z.maxLength(MAX_DIGITS, DEGREES))], DEGREES)

const SECONDS = /^[0-9]+(?:\.[0-9]+)?$/
const QUERY_TIME = 'must be POSIX seconds such as 1621464827.9'
const TIME = 'must be POSIX seconds: a whole number, or a string such as "1621464827.9"'

/** A client's time: a number loses digits of a fraction, so only a string may have one. */
const time = described(
  z.union([z.int().check(z.minimum(0, TIME)), matching(SECONDS, TIME)], TIME),
  'POSIX seconds. With a fraction they must be a string, since a number would lose digits.',
)

const POSITION = 'must be {"latitude":…,"longitude":…} or a GeoJSON Point'
const typedPosition = z.strictObject({ latitude: degrees, longitude: degrees }, POSITION)
const COORDINATES = 'must be a list of a longitude and a latitude'
const point = z.object(
  {
    type: z.literal('Point', 'must be "Point"'),
    coordinates: z
      .array(degrees, COORDINATES)
      .check(z.minLength(2, COORDINATES), z.maxLength(3, COORDINATES)),
  },
  POSITION,
)

/** The body of a report. */
export const putSchema = z.strictObject({
  position: described(
    z.union([typedPosition, point]),
    'Decimal degrees; strings keep their digits. Or a GeoJSON Point: longitude first.',
  ),
  time: z.optional(time),
})

const BODY = 'the body must be an object with "position" and perhaps "time"'
/** The same for each kind of position, because what is wrong with one kind says nothing of the other. */
export const typedPutSchema = z.strictObject({ position: typedPosition, time: z.optional(time) }, BODY)
export const pointPutSchema = z.strictObject({ position: point, time: z.optional(time) }, BODY)

const id = described(
  z.optional(z.string()),
  'The client ID, in place of the one in the path, for IDs such as ".." that programs change in paths.',
)
const format = described(
  z.optional(z.literal('geojson', 'must be "geojson"')),
  'GeoJSON, for programs that cannot send "Accept: application/geo+json".',
)
const LIMIT = `must be a whole number from 1 to ${MAX_PAGE_CLIENTS}`
const limit = described(
  z.optional(
    matching(/^[0-9]{1,4}$/, LIMIT).check(
      z.refine((text) => Number(text) >= 1 && Number(text) <= MAX_PAGE_CLIENTS, LIMIT),
    ),
  ),
  `At most ${MAX_PAGE_CLIENTS}; ${DEFAULT_PAGE_CLIENTS} by default.`,
)
const WAIT = `must be a time of at most ${MAX_WAIT_SECONDS}s, such as 500ms or 2s`
const wait = described(
  z.optional(
    matching(/^[0-9]{1,5}(?:\.[0-9]{1,3})?(?:ms|s)$/, WAIT).check(
      z.refine((text) => waitMs(text) <= 1_000 * MAX_WAIT_SECONDS, WAIT),
    ),
  ),
  `How long to wait for it, such as 500ms or 2s; at most ${MAX_WAIT_SECONDS}s.`,
)

/** The milliseconds of the parameter `wait`. */
export function waitMs(text: string): number {
  return text.endsWith('ms') ? Number(text.slice(0, -2)) : 1_000 * Number(text.slice(0, -1))
}

const RADIUS = 'must be a number from 0 to 50'
const ITEMS = `must be a whole number from 0 to ${MAX_ITEMS}`

/** Whether these are the fields of a WHATSAT, whose rules hold here, too. */
function isWhatsat(fields: string): boolean {
  return parseText(`WHATSAT ${fields}`).kind === 'whatsat'
}

/** The parameters of each request. */
export const putParameters = z.strictObject({ id })
export const getParameters = z.strictObject({
  id,
  f: format,
  atLeast: described(
    z.optional(matching(SECONDS, QUERY_TIME)),
    'Only a report with this time or a later one, in POSIX seconds.',
  ),
  wait,
})
export const deleteParameters = z.strictObject({
  id,
  until: described(
    z.optional(matching(SECONDS, QUERY_TIME)),
    'Only what was reported up to this time, in POSIX seconds. Without it: everything, whatever its time.',
  ),
})
export const placesParameters = z.strictObject({
  id,
  radiusKm: described(
    z.optional(
      matching(/^[0-9.]+$/, RADIUS).check(z.refine((text) => isWhatsat(`client ${text} 0`), RADIUS)),
    ),
    'From 0 to 50; 10 by default.',
  ),
  limit: described(
    z.optional(matching(/^[0-9]+$/, ITEMS).check(z.refine((text) => isWhatsat(`client 0 ${text}`), ITEMS))),
    `The most places, from 0 to ${MAX_ITEMS}, the default.`,
  ),
})
export const listParameters = z.strictObject({
  id,
  near: described(z.optional(z.string()), 'Only the clients nearest to this point, nearest first: LAT,LON.'),
  radiusKm: described(z.optional(z.string()), `With "near": from 0 to ${MAX_NEAR_RADIUS_KM}, the default.`),
  bbox: described(
    z.optional(z.string()),
    'Only clients in this box: W,S,E,N. If W is greater than E, it crosses the 180th meridian.',
  ),
  ahead: described(
    z.optional(z.literal('true', 'must be "true"')),
    "Only clients whose time is ahead of the server's clock, with how far.",
  ),
  f: format,
  limit,
  after: described(z.optional(z.string()), 'The "next" of the page before.'),
  atLeast: getParameters.shape.atLeast,
  wait,
})
const areaFields = {
  near: described(z.optional(z.string()), 'A point: latitude and longitude such as 34.06,-118.44.'),
  radiusKm: described(z.optional(z.string()), `From 0 to ${MAX_NEAR_RADIUS_KM}.`),
  bbox: described(
    z.optional(z.string()),
    'West, south, east and north. If west is greater than east, the box crosses the 180th meridian.',
  ),
}
export const eventParameters = z.strictObject({
  client: described(z.optional(z.string()), 'The ID of a client. It may be repeated.'),
  ...areaFields,
  around: described(z.optional(z.string()), 'The ID of a client: the area within the radius of it.'),
  detect: described(
    z.optional(z.string()),
    'Any of enter, exit, inside and cross, with commas between; enter,exit by default.',
  ),
  superseded: described(
    z.optional(z.enum(['true', 'false'])),
    'Whether reports are also sent that this server received and that lost to a newer one.',
  ),
})
export const noParameters = z.strictObject({})

const idFields = {
  id: z.optional(z.string()),
  idBase64: described(z.optional(z.string()), 'In place of "id" if the bytes of the ID are not UTF-8.'),
}
const reportFields = {
  ...idFields,
  server: described(z.string(), 'The server that received it from the client.'),
  skew: described(z.string(), "The server's clock minus the client's time, in seconds."),
  time: described(z.string(), 'POSIX seconds.'),
}
const positionText = z.strictObject({ latitude: z.string(), longitude: z.string() })

/** The bodies of responses. */
export const reportSchema = z.strictObject({ ...reportFields, position: positionText })
export const putReplySchema = z.strictObject({
  ...reportFields,
  position: positionText,
  isNewest: described(z.boolean(), 'Whether no newer report of the client is known.'),
})
const featureFields = {
  type: z.literal('Feature'),
  id: z.string(),
  geometry: z.strictObject({
    type: z.literal('Point'),
    coordinates: z.array(z.number()).check(z.minLength(2), z.maxLength(2)),
  }),
}
export const featureSchema = z.strictObject({ ...featureFields, properties: z.strictObject(reportFields) })
const listedFields = {
  ...reportFields,
  distanceMetres: described(z.optional(z.number()), 'With "near": the distance from that point.'),
  aheadSeconds: described(
    z.optional(z.string()),
    'With "ahead": how far the time is ahead of the clock of the server that answers.',
  ),
}
export const pageSchema = z.strictObject({
  clients: z.array(z.strictObject({ ...listedFields, position: positionText })),
  next: described(z.nullable(z.string()), '"after" of the next page; null if this is the last.'),
})
export const featuresSchema = z.strictObject({
  type: z.literal('FeatureCollection'),
  features: z.array(z.strictObject({ ...featureFields, properties: z.strictObject(listedFields) })),
  next: z.nullable(z.string()),
})
export const placesSchema = z.strictObject({
  report: reportSchema,
  places: described(z.looseObject({}), 'The JSON of a WHATSAT: a Nearby Search of Google Places.'),
})
export const eventSchema = z.union([
  described(z.strictObject({ server: z.string() }), 'Of a reset: the server that sends events.'),
  z.strictObject({
    ...reportFields,
    position: positionText,
    distanceMetres: described(
      z.optional(z.number()),
      'How far away from the centre, or from the box, in metres.',
    ),
    skipped: described(z.int(), 'How many reports were left out before this one.'),
  }),
])
export const problemSchema = z.strictObject({
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.optional(
    z.array(
      z.strictObject({
        pointer: z.optional(z.string()),
        parameter: z.optional(z.string()),
        detail: z.string(),
      }),
    ),
  ),
})
export const openApiSchema = z.looseObject({ openapi: z.string() })
export const metricsSchema = described(z.string(), 'The text format of Prometheus, version 0.0.4.')
export const stateSchema = z.strictObject({ state: z.string() })
const linkSchema = z.strictObject({
  neighbour: z.string(),
  state: z.string(),
  pending: z.optional(z.int()),
  roundTripMs: described(z.optional(z.number()), 'The mean round trip of its heartbeats.'),
  clockOffsetMs: described(z.optional(z.number()), "By how much the neighbour's clock is ahead."),
})
export const herdSchema = z.strictObject({
  inSync: described(z.boolean(), 'Whether all servers have answered, and hold the same reports.'),
  askedSecondsAgo: described(z.number(), 'How old this answer is.'),
  servers: z.array(
    z.strictObject({
      server: z.string(),
      up: z.boolean(),
      why: described(z.optional(z.string()), 'Why it is not up.'),
      roundTripMs: described(z.optional(z.number()), 'How long its answer took, with connecting.'),
      version: z.optional(z.string()),
      clients: z.optional(z.int()),
      digest: z.optional(z.string()),
      links: z.optional(z.array(linkSchema)),
    }),
  ),
})
