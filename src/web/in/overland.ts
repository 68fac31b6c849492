import * as z from 'zod/mini'
import { firstSet, parseAppClient } from './app-client.js'
import { parseAppReport } from './app-report.js'
import {
  collect,
  fault,
  isFault,
  MAX_LOCATIONS,
  type AppReply,
  type AppReport,
  type AppRequest,
  type Fault,
  type Incoming,
} from './incoming.js'
import { parseJsonBody, parseShape } from './json-body.js'
import { parseParameters } from './parameters.js'

/** The app sends a batch again until it gets this, with this content type. */
const OVERLAND_REPLY: AppReply = { contentType: 'application/json', body: '{"result":"ok"}' }

const batchSchema = z.object({
  locations: z.array(z.unknown()),
  // The newest position, while the batch holds only the oldest.
  current: z.optional(z.unknown()),
})

const featureSchema = z.object({
  geometry: z.nullish(z.object({ coordinates: z.tuple([z.string(), z.string()], z.unknown()) })),
  properties: z.object({
    timestamp: z.nullish(z.string()),
    device_id: z.nullish(z.string()),
    unique_id: z.nullish(z.string()),
    action: z.optional(z.unknown()),
    type: z.optional(z.unknown()),
  }),
})

/** Parses a batch of Overland. `?id=` in its URL names the client: Overland for Android leaves the device ID empty. */
export function parseOverland({ query, body }: AppRequest): Incoming {
  const json = parseJsonBody(body)
  if (isFault(json)) return json
  const batch = parseShape(batchSchema, json.value)
  if (isFault(batch)) return batch
  const { locations, current } = batch
  if (locations.length > MAX_LOCATIONS)
    return fault(
      `the request has ${locations.length} locations, more than ${MAX_LOCATIONS}: choose fewer points per batch`,
      413,
    )
  const id = parseParameters(query).get('id')
  const features = current === undefined || current === null ? locations : [...locations, current]
  return collect(
    features.map((feature) => parseFeature(feature, id)),
    OVERLAND_REPLY,
  )
}

function parseFeature(part: unknown, id: string | undefined): AppReport | Fault | undefined {
  const feature = parseShape(featureSchema, part)
  if (isFault(feature)) return feature
  const { geometry, properties } = feature
  // A summary of a trip, a visit or an entry about the app itself: its position is older than its time.
  if (!geometry || properties.action !== undefined || properties.type === 'trip') return undefined
  const name = id ?? firstSet(properties.device_id, properties.unique_id)
  const client = parseAppClient(name, 'set a device ID without spaces in the app, or add ?id= to the URL')
  if (isFault(client)) return client
  const [longitude, latitude] = geometry.coordinates
  return parseAppReport(client, { latitude, longitude, time: properties.timestamp })
}
