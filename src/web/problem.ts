import { STATUS_CODES } from 'node:http'

/** The statuses with which requests are refused. */
export type ProblemStatus =
  400 | 401 | 403 | 404 | 405 | 408 | 409 | 411 | 413 | 415 | 417 | 421 | 429 | 431 | 500 | 501 | 503

/** One of several things that are wrong with a request. */
export interface ProblemError {
  /** The part of the body, as a JSON pointer; or the name of a parameter. */
  readonly pointer?: string
  readonly parameter?: string
  readonly detail: string
}

/** Why a request is refused: the members of RFC 9457, and headers of the response. */
export interface Problem {
  readonly kind: 'problem'
  readonly status: ProblemStatus
  readonly detail: string
  readonly errors?: readonly ProblemError[]
  readonly headers?: Readonly<Record<string, string>>
}

export const PROBLEM_TYPE = 'application/problem+json'

/** Makes a problem. `detail` is for the person who wrote the program, and may quote the request. */
export function problem(
  status: ProblemStatus,
  detail: string,
  more: Pick<Problem, 'errors' | 'headers'> = {},
): Problem {
  return { kind: 'problem', status, detail, ...more }
}

/** Says what is wrong with a parameter of a request, in words that follow its name. */
export function parameterProblem(parameter: string, detail: string): Problem {
  return problem(400, `"${parameter}" ${detail}`, { errors: [{ parameter, detail }] })
}

/** Whether a value is a problem. */
export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'problem'
}

/** The body of the response. Its `type` is omitted, which means that the status says all. */
export function formatProblem({ status, detail, errors }: Problem): string {
  return `${JSON.stringify({ title: STATUS_CODES[status], status, detail, errors })}\n`
}
