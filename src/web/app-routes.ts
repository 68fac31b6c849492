import { APP_FORMATS, type AppFormat } from './in/app-formats.js'
import { forbidden } from './authorize.js'
import { commitProblem } from './commit-problem.js'
import { isProblem, problem, type Problem } from './problem.js'
import { putReport } from './put-report.js'
import type { HttpReply } from './http-reply.js'
import type { AppReport } from './in/incoming.js'
import type { WebRequest, WebRoute } from './web-route.js'

/** The requests of phone apps. */
export const APP_ROUTES: readonly WebRoute[] = [...APP_FORMATS].flatMap(([name, format]) =>
  format.methods.map((method) => ({
    method,
    path: `/in/${name}`,
    summary: `What ${name} sends.`,
    parameters: undefined,
    takesTokenInUrl: true,
    replies: {},
    problems: [400, 413, 415, 501, 503] as const,
    answer: (request: WebRequest) => answer(format, request),
  })),
)

async function answer(format: AppFormat, request: WebRequest): Promise<HttpReply | Problem> {
  const incoming = format.parse(request)
  if (incoming.kind === 'fault') return problem(incoming.status, incoming.why)
  const { contentType, body } = incoming.reply
  const headers = contentType === undefined ? {} : { 'content-type': contentType }
  const reply = { status: 200, headers, body: Buffer.from(body) }
  if (incoming.kind === 'ignored') return reply
  for (const { why } of incoming.refused) logRefused(request, why)
  return (await receive(incoming.reports, request)) ?? reply
}

/**
 * Takes in reports. The app sends them again after a problem, so there is none for what would be refused again; but there is one for what the token does
 * not allow: the app should keep that until it has another token.
 */
async function receive(reports: readonly AppReport[], request: WebRequest): Promise<Problem | undefined> {
  const { requests } = request
  const problems = reports.map((report) => receiveOne(report, request)).filter(isProblem)
  const unsafe = await commitProblem(requests, 'report')
  return problems[0] ?? unsafe
}

function receiveOne(report: AppReport, request: WebRequest): Problem | undefined {
  const { requests, who, access } = request
  if (!access.mayReport(report.client)) {
    const refused = forbidden('reports of this client')
    logRefused(request, refused.detail)
    return refused
  }
  const outcome = putReport(requests, who, report)
  if (outcome.kind === 'received') return undefined
  const { kind, why } = outcome.why
  logRefused(request, why)
  return kind === 'memory' ? problem(503, `a report is refused: ${why}`) : undefined
}

function logRefused({ requests, who }: WebRequest, why: string): void {
  requests.log.write({ kind: 'refused', who, line: 'report of an app', why })
}
