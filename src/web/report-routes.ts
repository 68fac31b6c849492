import { compareTimes, type Digits } from '../protocol/time.js'
import { toBytes } from '../protocol/bytes.js'
import type { Report } from '../protocol/report.js'
import { forbidden } from './authorize.js'
import { clientIn } from './client-id.js'
import { commitProblem } from './commit-problem.js'
import { forgetClient } from './forget-client.js'
import { GEOJSON, wantsGeoJson } from './geojson.js'
import { jsonReply, textReply, type HttpReply } from './http-reply.js'
import { isProblem, problem, type Problem } from './problem.js'
import { readPut } from './read-put.js'
import { putReport } from './put-report.js'
import { featureJson, reportJson, reportTag } from './report-json.js'
import { waitForReport } from './wait-for-report.js'
import {
  deleteParameters,
  featureSchema,
  getParameters,
  placesParameters,
  placesSchema,
  putParameters,
  putReplySchema,
  putSchema,
  reportSchema,
  waitMs,
} from './schemas.js'
import type { WebRequest, WebRoute } from './web-route.js'

/** The requests about one client. */
export const REPORT_ROUTES: readonly WebRoute[] = [
  {
    method: 'PUT',
    path: '/v1/clients/{id}',
    summary: 'Reports the position of a client.',
    parameters: putParameters,
    body: putSchema,
    replies: { 'application/json': putReplySchema },
    problems: [400, 411, 413, 415, 501, 503],
    answer: put,
  },
  {
    method: 'GET',
    path: '/v1/clients/{id}',
    summary: 'The newest report of a client.',
    parameters: getParameters,
    replies: { 'application/json': reportSchema, [GEOJSON]: featureSchema },
    problems: [400, 404, 429],
    isTagged: true,
    answer: getReport,
  },
  {
    method: 'DELETE',
    path: '/v1/clients/{id}',
    summary: 'Makes the herd forget a client, also if it knows no report of it.',
    parameters: deleteParameters,
    replies: {},
    success: 204,
    problems: [400, 409, 413, 415, 501, 503],
    needs: 'forget',
    answer: forgetClient,
  },
  {
    method: 'GET',
    path: '/v1/clients/{id}/places',
    summary: 'The newest report of a client, and what is near its position.',
    parameters: placesParameters,
    replies: { 'application/json': placesSchema },
    problems: [400, 404],
    answer: places,
  },
]

async function put(request: WebRequest): Promise<HttpReply | Problem> {
  const client = clientIn(request)
  if (isProblem(client)) return client
  if (!request.access.mayReport(client)) return forbidden('reports of this client')
  const fields = readPut(request)
  if (isProblem(fields)) return fields
  const { requests, who } = request
  const outcome = putReport(requests, who, { client, ...fields })
  if (outcome.kind === 'refused') {
    const { kind, why } = outcome.why
    return kind === 'memory'
      ? problem(503, `the report is refused: ${why}`)
      : problem(400, `the report is refused: ${why}`, { errors: [{ pointer: '/time', detail: why }] })
  }
  return (
    (await commitProblem(requests, 'report')) ?? jsonReply({ ...outcome.report, isNewest: outcome.isNewest })
  )
}

/** Answers a request for the newest report of a client. */
export async function getReport(request: WebRequest): Promise<HttpReply | Problem> {
  const client = clientIn(request)
  if (isProblem(client)) return client
  const { requests, parameters, access } = request
  if (!access.mayRead(client)) return forbidden('to see this client')
  const { atLeast } = parameters
  const newest = (): Report | undefined => {
    // The token may be revoked while the request waits.
    const report = access.mayRead(client) ? requests.newest(client) : undefined
    return report && (atLeast === undefined || isAtLeast(report, atLeast)) ? report : undefined
  }
  const ms = waitMs(parameters['wait'] ?? '0s')
  if (!newest() && ms > 0) {
    const hasWaited = await waitForReport(request, () => newest() !== undefined, ms)
    if (!hasWaited)
      return problem(429, 'too many requests wait for reports', { headers: { 'retry-after': '1' } })
  }
  const report = newest()
  if (report) return reportReply(request, report)
  if (request.isStopping()) return problem(503, 'the server is stopping')
  const which = atLeast === undefined ? '' : ` with the time ${atLeast} or a later one`
  return problem(404, `the herd has no report of this client${which}`)
}

function reportReply(request: WebRequest, report: Report): HttpReply {
  const isGeoJson = wantsGeoJson(request)
  const etag = reportTag(report, isGeoJson ? GEOJSON : '')
  const headers = { etag, 'cache-control': 'no-cache', vary: 'accept' }
  const known = (request.headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
  if (known.includes(etag) || known.includes('*')) return { status: 304, headers, body: new Uint8Array(0) }
  if (isGeoJson) return textReply(`${JSON.stringify(featureJson(report))}\n`, GEOJSON, headers)
  return jsonReply(reportJson(report), headers)
}

function isAtLeast({ bytes, time, end }: Report, atLeast: string): boolean {
  const least: Digits = { bytes: toBytes(atLeast), start: 0, end: atLeast.length }
  return compareTimes(bytes, time, end, least.bytes, least.start, least.end) >= 0
}

async function places(request: WebRequest): Promise<HttpReply | Problem> {
  const client = clientIn(request)
  if (isProblem(client)) return client
  const { requests, parameters, owner, access } = request
  if (!access.mayRead(client)) return forbidden('to see this client')
  const { radiusKm = '10', limit = '20' } = parameters
  const report = requests.newest(client)
  if (!report) return problem(404, 'the herd has no report of this client')
  const json = JSON.stringify(reportJson(report))
  const found = await requests.findPlaces({ owner, report, radiusKm: Number(radiusKm), items: Number(limit) })
  const text = `{"report":${json},"places":${Buffer.from(found, 'latin1').toString()}}\n`
  return textReply(text, 'application/json')
}
