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

/** The app takes a list of messages, and on Android sends again what is answered with anything else. */
const OWNTRACKS_REPLY: AppReply = { contentType: 'application/json', body: '[]' }

const HINT = 'set a username and a device ID without spaces in the app, or add ?id= to the URL'

/** The user and device of an app on iOS in which none are set. All such phones would be one client. */
const UNSET = 'user/device'

const messageSchema = z.object({ _type: z.string() })
const locationSchema = z.object({
  lat: z.string(),
  lon: z.string(),
  tst: z.nullish(z.string()),
  topic: z.nullish(z.string()),
  tid: z.nullish(z.string()),
})

/**
 * Parses a request of OwnTracks in its HTTP mode. The client is `?id=`, or the user and device that the URL, the headers or the topic name, as
 * `jane/phone`, or else the tracker ID.
 */
export function parseOwntracks(request: AppRequest): Incoming {
  // A removed waypoint is an empty message.
  if (request.body.length === 0) return collect([], OWNTRACKS_REPLY)
  const json = parseJsonBody(request.body)
  if (isFault(json)) return json
  const messages: unknown[] = Array.isArray(json.value) ? json.value : [json.value]
  if (messages.length > MAX_LOCATIONS)
    return fault(`the request has ${messages.length} messages, more than ${MAX_LOCATIONS}`, 413)
  const name = nameIn(request)
  return collect(
    messages.map((message) => parseMessage(message, name)),
    OWNTRACKS_REPLY,
  )
}

function parseMessage(part: unknown, name: string): AppReport | Fault | undefined {
  const message = parseShape(messageSchema, part)
  if (isFault(message)) return message
  if (message._type === 'encrypted')
    return fault('the message is encrypted: leave the encryption key in the app empty, and use HTTPS')
  if (message._type !== 'location') return undefined
  const location = parseShape(locationSchema, part)
  if (isFault(location)) return location
  const { lat, lon, tst, topic, tid } = location
  const id = name === '' ? firstSet(topic?.replace(/^owntracks\//, ''), tid) : name
  const client = parseAppClient(id === UNSET ? '' : id, HINT)
  return isFault(client) ? client : parseAppReport(client, { latitude: lat, longitude: lon, time: tst })
}

/** The name of the client in the URL or else in the headers, as latin1 text; empty if there is none. What a person put into the URL counts first. */
function nameIn({ query, headers }: AppRequest): string {
  const parameters = parseParameters(query)
  return (
    parameters.get('id') ??
    (pair(parameters.get('u'), parameters.get('d')) || pair(headers['x-limit-u'], headers['x-limit-d']))
  )
}

function pair(user: unknown, device: unknown): string {
  return [user, device].filter((each) => typeof each === 'string' && each !== '').join('/')
}
