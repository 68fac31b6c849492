import * as z from 'zod/mini'
import { toText } from '../../protocol/bytes.js'
import { firstSet, parseAppClient } from './app-client.js'
import { parseAppReport } from './app-report.js'
import {
  collect,
  fault,
  isFault,
  MAX_LOCATIONS,
  type AppReport,
  type AppRequest,
  type Fault,
  type Incoming,
} from './incoming.js'
import { parseJsonBody, parseShape, startsLikeJson } from './json-body.js'
import { EMPTY_REPLY, parseOsmand } from './osmand.js'
import { parseParameters } from './parameters.js'

const messageSchema = z.object({
  device_id: z.nullish(z.string()),
  // One location, or those of a batch.
  location: z.optional(z.unknown()),
})

const locationSchema = z.object({
  timestamp: z.nullish(z.string()),
  coords: z.nullish(z.object({ latitude: z.string(), longitude: z.string() })),
})

/** Parses a request of Traccar Client: JSON from version 9 on, before that like one of OsmAnd. `?id=` in its URL names the client. */
export function parseTraccar(request: AppRequest): Incoming {
  if (!startsLikeJson(toText(request.body))) return parseOsmand(request)
  const json = parseJsonBody(request.body)
  if (isFault(json)) return json
  const message = parseShape(messageSchema, json.value)
  if (isFault(message)) return message
  const id = parseParameters(request.query).get('id') ?? firstSet(message.device_id)
  const client = parseAppClient(id, 'set the device identifier in the app to a name without spaces')
  if (isFault(client)) return client
  const locations = listOf(message.location)
  if (locations.length > MAX_LOCATIONS)
    return fault(`the request has ${locations.length} locations, more than ${MAX_LOCATIONS}`, 413)
  return collect(
    locations.map((location) => parseLocation(client, location)),
    EMPTY_REPLY,
  )
}

function listOf(location: unknown): unknown[] {
  if (location === undefined || location === null) return []
  return Array.isArray(location) ? location : [location]
}

function parseLocation(client: Uint8Array, part: unknown): AppReport | Fault | undefined {
  const location = parseShape(locationSchema, part)
  if (isFault(location)) return location
  const { coords, timestamp } = location
  return coords ? parseAppReport(client, { ...coords, time: timestamp }) : undefined
}
