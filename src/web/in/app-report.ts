import { parseAppTime } from './app-time.js'
import { parseDegrees } from './degrees.js'
import { isFault, type AppReport, type Fault } from './incoming.js'

/** What an app says of a position, in its own notation. */
export interface AppPosition {
  readonly latitude: string
  readonly longitude: string
  /** Nothing if the app sent no time. */
  readonly time: string | null | undefined
}

/** Makes the report of a client from what its app sent. */
export function parseAppReport(client: Uint8Array, position: AppPosition): AppReport | Fault {
  const latitude = parseDegrees(position.latitude, 'latitude')
  if (isFault(latitude)) return latitude
  const longitude = parseDegrees(position.longitude, 'longitude')
  if (isFault(longitude)) return longitude
  const time = typeof position.time === 'string' ? parseAppTime(position.time) : undefined
  return isFault(time) ? time : { client, latitude, longitude, time }
}
