import { toText } from '../protocol/bytes.js'
import { parseText } from '../protocol/command.js'
import type { ForgetRequest } from '../protocol/statement.js'
import type { Refusal } from '../server/client-requests.js'
import { clientIn } from './client-id.js'
import { commitProblem } from './commit-problem.js'
import type { HttpReply } from './http-reply.js'
import { isProblem, problem, type Problem } from './problem.js'
import type { WebRequest } from './web-route.js'

const FORGOTTEN: HttpReply = { status: 204, headers: {}, body: new Uint8Array(0) }

/** Forgets a client as `FORGET` does. */
export async function forgetClient(request: WebRequest): Promise<HttpReply | Problem> {
  const client = clientIn(request)
  if (isProblem(client)) return client
  const { requests, who, access, parameters } = request
  const { until } = parameters
  const forget = forgetIn(`FORGET ${toText(client)}${until === undefined ? '' : ` ${until}`}`)
  const refusal = requests.refusalOfForget(forget)
  if (refusal) return refusalProblem(refusal)
  requests.forget(who, access, forget)
  return (await commitProblem(requests, 'forget')) ?? FORGOTTEN
}

/** The fields have been checked, so the line is right. */
function forgetIn(line: string): ForgetRequest {
  return (parseText(line) as { readonly request: ForgetRequest }).request
}

function refusalProblem({ kind, why }: Refusal): Problem {
  const detail = `the forget is refused: ${why}`
  if (kind === 'future') return problem(400, detail, { errors: [{ parameter: 'until', detail: why }] })
  return problem(kind === 'neighbour' ? 409 : 503, detail)
}
