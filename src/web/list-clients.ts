import * as z from 'zod/mini'
import type { ClientRequests } from '../server/client-requests.js'
import { forbidden } from './authorize.js'
import { DEFAULT_PAGE_CLIENTS, MAX_PAGE_CLIENTS } from './http-limits.js'
import { jsonReply, textReply, type HttpReply } from './http-reply.js'
import { problem, type Problem } from './problem.js'
import { featureJson, reportJson } from './report-json.js'
import { GEOJSON, getReport, wantsGeoJson } from './report-routes.js'
import { featureSchema, featuresSchema, listParameters, pageSchema, reportSchema } from './schemas.js'
import type { WebRequest, WebRoute } from './web-route.js'

/** The requests about all clients. */
export const LIST_ROUTES: readonly WebRoute[] = [
  {
    method: 'GET',
    path: '/v1/clients',
    summary: 'The newest report of every client, in pages. With "id", that of one client.',
    parameters: listParameters,
    replies: {
      'application/json': z.union([pageSchema, reportSchema]),
      [GEOJSON]: z.union([featuresSchema, featureSchema]),
    },
    problems: [400, 404, 429],
    isTagged: true,
    answer: (request) => (request.parameters['id'] === undefined ? list(request) : getReport(request)),
  },
]

function list(request: WebRequest): HttpReply | Problem {
  const { requests, parameters, access } = request
  if (access.reads === 'none') return forbidden('to see clients')
  const { limit = String(DEFAULT_PAGE_CLIENTS), after } = parameters
  const most = Number(limit)
  if (most < 1 || most > MAX_PAGE_CLIENTS)
    return parameterProblem('limit', `is not a number from 1 to ${MAX_PAGE_CLIENTS}`)
  const from = after === undefined ? 0 : numberIn(requests, after)
  if (from === undefined)
    return parameterProblem('after', 'is not the "next" of a page of this server since it was started')
  const page = requests.page(from, most, access)
  const next = page.next === undefined ? null : cursorOf(requests, page.next)
  const reports = page.clients.map((client) => requests.reportOf(client))
  const headers = { vary: 'accept' }
  if (!wantsGeoJson(request)) return jsonReply({ clients: reports.map(reportJson), next }, headers)
  const features = { type: 'FeatureCollection', features: reports.map(featureJson), next }
  return textReply(`${JSON.stringify(features)}\n`, GEOJSON, headers)
}

function parameterProblem(parameter: string, detail: string): Problem {
  return problem(400, `"${parameter}" ${detail}`, { errors: [{ parameter, detail }] })
}

/** What says where a page begins. Numbers of clients are those of one run of a server, so it names that. */
function cursorOf({ run }: ClientRequests, number: number): string {
  return Buffer.from(`${run} ${number}`).toString('base64url')
}

function numberIn({ run }: ClientRequests, cursor: string): number | undefined {
  const [ofRun, number = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split(' ')
  return ofRun === run && /^[0-9]{1,15}$/.test(number) ? Number(number) : undefined
}
