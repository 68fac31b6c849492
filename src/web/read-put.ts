import { parseDegrees } from './in/degrees.js'
import { isFault } from './in/incoming.js'
import { parseJsonBody } from './in/json-body.js'
import { problem, type Problem } from './problem.js'
import type { NewReport } from './put-report.js'
import { pointPutSchema, typedPutSchema } from './schemas.js'
import { bodyProblem } from './shape-problem.js'
import type { WebRequest } from './web-route.js'

/** With another content type, a page of another site could make a browser send the request without asking first. */
const JSON_TYPE = /^application\/(?:json|geo\+json)[\t ]*(?:;|$)/i

const WRONG_TYPE = problem(415, 'the body must be application/json')

/** Reads the body of a report: what it says, with the digits of its numbers. */
export function readPut({ headers, body }: WebRequest): Omit<NewReport, 'client'> | Problem {
  if (!JSON_TYPE.test(headers['content-type'] ?? 'application/json')) return WRONG_TYPE
  // As strings, numbers keep their digits. As numbers, they show what they are.
  const exact = parseJsonBody(body)
  if (isFault(exact)) return problem(400, exact.why)
  const fields: unknown = JSON.parse(
    Buffer.from(body)
      .toString()
      .replace(/^\ufeff/, ''),
  )
  const wrong = bodyProblem(isGeoJson(fields) ? pointPutSchema : typedPutSchema, fields)
  if (wrong) return wrong
  const { position, time } = exact.value as ExactBody
  const [longitudeText, latitudeText] = position.coordinates ?? [position.longitude, position.latitude]
  const latitude = parseDegrees(String(latitudeText), 'latitude')
  const longitude = parseDegrees(String(longitudeText), 'longitude')
  if (isFault(latitude)) return positionProblem(latitude.why)
  return isFault(longitude) ? positionProblem(longitude.why) : { latitude, longitude, time }
}

/** A body of the right shape whose numbers are strings. */
interface ExactBody {
  readonly position: {
    readonly latitude?: string
    readonly longitude?: string
    readonly coordinates?: readonly string[]
  }
  readonly time?: string
}

/** Whether the position of a body is meant to be GeoJSON. */
function isGeoJson(fields: unknown): boolean {
  const { position } = Object(fields) as { readonly position?: unknown }
  return (
    typeof position === 'object' && position !== null && ('type' in position || 'coordinates' in position)
  )
}

function positionProblem(detail: string): Problem {
  return problem(400, detail, { errors: [{ pointer: '/position', detail }] })
}
