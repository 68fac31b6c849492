import type * as z from 'zod/mini'
import { problem, type Problem, type ProblemError } from './problem.js'

/** What is wrong with a body, or with the parameters if `isQuery`. */
export function shapeProblem({ issues }: z.core.$ZodError, isQuery = false): Problem {
  const errors = issues.flatMap((issue): ProblemError[] => {
    const { path } = issue
    if (issue.code !== 'unrecognized_keys') return [errorAt(path, issue.message, isQuery)]
    return issue.keys.map((key) => errorAt([...path, key], 'is unknown', isQuery))
  })
  const what = errors.map(({ pointer, parameter = pointer, detail }) =>
    parameter === '' ? detail : `${parameter}: ${detail}`,
  )
  return problem(400, what.join('; '), { errors })
}

function errorAt(path: readonly PropertyKey[], detail: string, isQuery: boolean): ProblemError {
  if (isQuery) return { parameter: path.join('.'), detail }
  return { pointer: path.map((key) => `/${String(key)}`).join(''), detail }
}
