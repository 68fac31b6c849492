import { toText } from '../../protocol/bytes.js'
import { parseAppClient } from './app-client.js'
import { parseAppReport, type AppPosition } from './app-report.js'
import {
  collect,
  fault,
  isFault,
  quote,
  type AppReply,
  type AppRequest,
  type Fault,
  type Incoming,
} from './incoming.js'
import { startsLikeJson } from './json-body.js'
import { parseParameters } from './parameters.js'

/** What all apps of this format take for success. */
export const EMPTY_REPLY: AppReply = { contentType: undefined, body: '' }

/**
 * Parses a request of OsmAnd, Traccar Client up to version 8, GPSLogger or any other program that can fetch a URL:
 * `?id=kiwi&lat=34.06&lon=-118.44&timestamp=1621464827`, or a form with the same fields.
 */
export function parseOsmand({ query, body }: AppRequest): Incoming {
  const form = toText(body)
  if (startsLikeJson(form)) return fault('the body is JSON, which /in/traccar takes')
  const parameters = parseParameters(`${query}&${form}`)
  const client = parseAppClient(
    parameters.get('id') ?? parameters.get('deviceid') ?? '',
    'set "id" to a name without spaces',
  )
  if (isFault(client)) return client
  // The phone has no fix.
  if (/^(?:false|0)$/i.test(parameters.get('valid') ?? '')) return collect([], EMPTY_REPLY)
  const position = positionIn(parameters)
  return collect([isFault(position) || !position ? position : parseAppReport(client, position)], EMPTY_REPLY)
}

/** Apps also report cells, networks and alarms without a position. */
function positionIn(parameters: ReadonlyMap<string, string>): AppPosition | Fault | undefined {
  const time = parameters.get('timestamp')
  const both = parameters.get('location')
  if (both !== undefined) {
    const [latitude = '', longitude, ...more] = both.split(',')
    return longitude === undefined || more.length > 0
      ? fault(`the location ${quote(both)} is not a latitude and a longitude such as 34.06,-118.44`)
      : { latitude, longitude, time }
  }
  const [latitude, longitude] = [parameters.get('lat'), parameters.get('lon')]
  if (latitude !== undefined && longitude !== undefined) return { latitude, longitude, time }
  if (latitude === undefined && longitude === undefined) return undefined
  return fault(`"${latitude === undefined ? 'lat' : 'lon'}" is missing`)
}
