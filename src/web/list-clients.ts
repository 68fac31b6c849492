import * as z from 'zod/mini'
import type { ClientNumber } from '../memory/numbers.js'
import type { Report } from '../protocol/report.js'
import { MAX_NEAR_RADIUS_KM } from '../protocol/command.js'
import type { ClientRequests } from '../server/client-requests.js'
import { MAX_HIDDEN } from '../server/read-filter.js'
import { parseBox, parsePoint, parseRadiusKm } from './area-parameters.js'
import { forbidden } from './authorize.js'
import { ClientTexts } from './client-texts.js'
import { GEOJSON, wantsGeoJson } from './geojson.js'
import { DEFAULT_PAGE_CLIENTS } from './http-limits.js'
import { textReply, type HttpReply } from './http-reply.js'
import { selectionOf, type Selection } from './list-selection.js'
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

/** A page of a list. */
interface Page {
  readonly limit: number
  readonly clients: ClientTexts
  /** The number of the first client that may be on it. */
  readonly from: number
  /** Converts a report to the format that is asked for. */
  readonly toJson: (report: Report, listed?: ListedJson) => object
}

/** The number of the first client of the next page; undefined if there is none. */
type Next = number | undefined

async function list(request: WebRequest): Promise<HttpReply | Problem> {
  const selection = selectionOf(request.parameters)
  if (isProblem(selection)) return selection
  if (selection === 'id') return getReport(request)
  if (request.access.reads === 'none') return forbidden('to see clients')
  const page = pageOf(request)
  if (isProblem(page)) return page
  const next = await FILL[selection](request, page)
  return isProblem(next) ? next : pageReply(request, page, next)
}

/** Fills pages of each kind. */
const FILL: Readonly<
  Record<Exclude<Selection, 'id'>, (request: WebRequest, page: Page) => Promise<Next | Problem> | Next>
> = { near: nearest, bbox: inBox, ahead, all }

function pageOf(request: WebRequest): Page | Problem {
  const { limit = String(DEFAULT_PAGE_CLIENTS), after } = request.parameters
  const from = after === undefined ? 0 : numberIn(request.requests, after)
  if (from === undefined)
    return parameterProblem('after', 'must be the "next" of a page of this server since it was started')
  const toJson = wantsGeoJson(request) ? featureJson : reportJson
  return { limit: Number(limit), clients: new ClientTexts(Number(limit)), from, toJson }
}

function all({ requests, access }: WebRequest, { clients, from, limit, toJson }: Page): Next {
  const page = requests.page(from, limit, access)
  const left = page.clients.find((client) => !clients.add(() => toJson(requests.reportOf(client))))
  return left ?? page.next
}

async function nearest(
  { requests, parameters, owner, access }: WebRequest,
  { clients, limit, toJson }: Page,
): Promise<Next | Problem> {
  const { near = '', radiusKm = String(MAX_NEAR_RADIUS_KM) } = parameters
  const point = parsePoint(near)
  if (isProblem(point)) return point
  const radiusM = parseRadiusKm(radiusKm)
  if (isProblem(radiusM)) return radiusM
  const filter = requests.readFilter(access)
  await requests.findNear(owner, (index) => {
    for (const { client, distanceM } of index.nearest({
      point,
      radiusM,
      limit,
      isVisible: filter.isVisible,
    })) {
      const distanceMetres = Math.round(1_000 * distanceM) / 1_000
      clients.add(() => toJson(requests.reportOf(client), { distanceMetres }))
    }
  })
  return filter.hasGivenUp ? TOO_MANY_HIDDEN : undefined
}

async function inBox(
  { requests, parameters, owner, access }: WebRequest,
  { clients, from, limit, toJson }: Page,
): Promise<Next | Problem> {
  const { bbox = '' } = parameters
  const box = parseBox(bbox)
  if (isProblem(box)) return box
  let next: Next = from
  while (next !== undefined && !clients.isFull) {
    const start: number = next
    next = await requests.findNear(owner, (index) => {
      const found = index.inBox(box, { limit, from: start })
      const { isVisible } = requests.readFilter(access)
      const left = found.clients
        .filter(isVisible)
        .find((client) => !clients.add(() => toJson(requests.reportOf(client))))
      return left ?? found.next
    })
  }
  return next
}

function ahead({ requests, owner, access }: WebRequest, { clients, from, toJson }: Page): Promise<Next> {
  // The search is done in slices, so it need not give up: each client has a filter of its own.
  const isVisible = (client: ClientNumber): boolean => requests.readFilter(access).isVisible(client)
  return requests.findAhead({ owner, from, isVisible }, ({ report, aheadSeconds }) =>
    clients.add(() => toJson(report, { aheadSeconds })),
  )
}

function pageReply(request: WebRequest, { clients }: Page, nextNumber: Next): HttpReply {
  const next = nextNumber === undefined ? null : cursorOf(request.requests, nextNumber)
  const headers = { vary: 'accept' }
  return wantsGeoJson(request)
    ? textReply(
        `{"type":"FeatureCollection","features":${clients.array},"next":${JSON.stringify(next)}}\n`,
        GEOJSON,
        headers,
      )
    : textReply(`{"clients":${clients.array},"next":${JSON.stringify(next)}}\n`, 'application/json', headers)
}

/** What says where a page begins. Numbers of clients are those of one run of a server, so it names that. */
function cursorOf({ run }: ClientRequests, number: number): string {
  return Buffer.from(`${run} ${number}`).toString('base64url')
}

function numberIn({ run }: ClientRequests, cursor: string): number | undefined {
  const [ofRun, number = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split(' ')
  return ofRun === run && /^[0-9]{1,15}$/.test(number) ? Number(number) : undefined
}
