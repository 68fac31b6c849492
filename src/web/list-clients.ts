import * as z from 'zod/mini'
import type { ClientNumber } from '../memory/numbers.js'
import type { Report } from '../protocol/report.js'
import { MAX_NEAR_RADIUS_KM } from '../protocol/command.js'
import type { ClientRequests } from '../server/client-requests.js'
import { MAX_HIDDEN } from '../server/read-filter.js'
import { parseBox, parsePoint, parseRadiusKm } from './area-parameters.js'
import { forbidden } from './authorize.js'
import { GEOJSON, wantsGeoJson } from './geojson.js'
import { DEFAULT_PAGE_CLIENTS } from './http-limits.js'
import { jsonReply, textReply, type HttpReply } from './http-reply.js'
import { selectionOf } from './list-selection.js'
import { isProblem, parameterProblem, problem, type Problem } from './problem.js'
import { featureJson, reportJson, type ListedJson } from './report-json.js'
import { getReport } from './report-routes.js'
import { featureSchema, featuresSchema, listParameters, pageSchema, reportSchema } from './schemas.js'
import type { WebRequest, WebRoute } from './web-route.js'

/** The requests about all clients. */
export const LIST_ROUTES: readonly WebRoute[] = [
  {
    method: 'GET',
    path: '/v1/clients',
    summary:
      'The newest reports of all clients, in pages; or of the clients near a point, in a box, or ahead of the clock. With "id", that of one client.',
    parameters: listParameters,
    replies: {
      'application/json': z.union([pageSchema, reportSchema]),
      [GEOJSON]: z.union([featuresSchema, featureSchema]),
    },
    problems: [400, 404, 429],
    isTagged: true,
    answer: list,
  },
]

const TOO_MANY_HIDDEN = problem(
  400,
  `more than ${MAX_HIDDEN} clients in this radius are hidden from the token`,
)

/** The part of a list that is asked for. */
interface Part {
  readonly limit: number
  /** The number of the first client that may be on it. */
  readonly from: number
  /** Converts a report to the format that is asked for. */
  readonly toJson: (report: Report, listed?: ListedJson) => object
}

/** A page before it becomes a response. */
interface Page {
  readonly clients: readonly object[]
  /** The number of the first client of the next page. */
  readonly next: number | undefined
}

async function list(request: WebRequest): Promise<HttpReply | Problem> {
  const selection = selectionOf(request.parameters)
  if (isProblem(selection)) return selection
  if (selection === 'id') return getReport(request)
  if (request.access.reads === 'none') return forbidden('to see clients')
  const part = partOf(request)
  if (isProblem(part)) return part
  switch (selection) {
    case 'near':
      return pageReply(request, await nearest(request, part))
    case 'bbox':
      return pageReply(request, await inBox(request, part))
    case 'ahead':
      return pageReply(request, await ahead(request, part))
    case 'all':
      return pageReply(request, all(request, part))
  }
}

function partOf(request: WebRequest): Part | Problem {
  const { limit = String(DEFAULT_PAGE_CLIENTS), after } = request.parameters
  const from = after === undefined ? 0 : numberIn(request.requests, after)
  if (from === undefined)
    return parameterProblem('after', 'must be the "next" of a page of this server since it was started')
  return { limit: Number(limit), from, toJson: wantsGeoJson(request) ? featureJson : reportJson }
}

function all({ requests, access }: WebRequest, { limit, from, toJson }: Part): Page {
  const { clients, next } = requests.page(from, limit, access)
  return { clients: clients.map((client) => toJson(requests.reportOf(client))), next }
}

async function nearest(
  { requests, parameters, owner, access }: WebRequest,
  { limit, toJson }: Part,
): Promise<Page | Problem> {
  const { near = '', radiusKm = String(MAX_NEAR_RADIUS_KM) } = parameters
  const point = parsePoint(near)
  if (isProblem(point)) return point
  const radiusM = parseRadiusKm(radiusKm)
  if (isProblem(radiusM)) return radiusM
  const filter = requests.readFilter(access)
  const clients = await requests.findNear(owner, (index) =>
    index.nearest({ point, radiusM, limit, isVisible: filter.isVisible }).map(({ client, distanceM }) => {
      const distanceMetres = Math.round(1_000 * distanceM) / 1_000
      return toJson(requests.reportOf(client), { distanceMetres })
    }),
  )
  return filter.hasGivenUp ? TOO_MANY_HIDDEN : { clients, next: undefined }
}

async function inBox(
  { requests, parameters, owner, access }: WebRequest,
  { limit, from, toJson }: Part,
): Promise<Page | Problem> {
  const { bbox = '' } = parameters
  const box = parseBox(bbox)
  if (isProblem(box)) return box
  return requests.findNear(owner, (index) => {
    const found = index.inBox(box, limit, from)
    const visible = found.clients.filter(requests.readFilter(access).isVisible)
    return { clients: visible.map((client) => toJson(requests.reportOf(client))), next: found.next }
  })
}

async function ahead({ requests, owner, access }: WebRequest, { limit, from, toJson }: Part): Promise<Page> {
  // The search is done in slices, so it need not give up: each client has a filter of its own.
  const isVisible = (client: ClientNumber): boolean => requests.readFilter(access).isVisible(client)
  const { found, next } = await requests.findAhead(
    { owner, from, limit, isVisible },
    (report, aheadSeconds) => toJson(report, { aheadSeconds }),
  )
  return { clients: found, next }
}

function pageReply(request: WebRequest, page: Page | Problem): HttpReply | Problem {
  if (isProblem(page)) return page
  const { clients } = page
  const next = page.next === undefined ? null : cursorOf(request.requests, page.next)
  const headers = { vary: 'accept' }
  if (!wantsGeoJson(request)) return jsonReply({ clients, next }, headers)
  const features = { type: 'FeatureCollection', features: clients, next }
  return textReply(`${JSON.stringify(features)}\n`, GEOJSON, headers)
}

/** What says where a page begins. Numbers of clients are those of one run of a server, so it names that. */
function cursorOf({ run }: ClientRequests, number: number): string {
  return Buffer.from(`${run} ${number}`).toString('base64url')
}

function numberIn({ run }: ClientRequests, cursor: string): number | undefined {
  const [ofRun, number = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split(' ')
  return ofRun === run && /^[0-9]{1,15}$/.test(number) ? Number(number) : undefined
}
