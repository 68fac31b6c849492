import { parameterProblem, type Problem } from './problem.js'
import type { WebRequest } from './web-route.js'

/** The parameters that say which clients a list is of, and those that can be used together with each. */
const USED_WITH = {
  id: ['f', 'atLeast', 'wait'],
  near: ['f', 'radiusKm', 'limit'],
  bbox: ['f', 'limit', 'after'],
  ahead: ['f', 'limit', 'after'],
} as const

/** Which clients a list is of. */
export type Selection = keyof typeof USED_WITH | 'all'

const SELECTIONS = Object.keys(USED_WITH) as (keyof typeof USED_WITH)[]

const USED_WITH_ALL: readonly string[] = ['f', 'limit', 'after']

/** Which clients are asked for. What a parameter says would be ignored if another one does not go with it, so that is a problem. */
export function selectionOf(parameters: WebRequest['parameters']): Selection | Problem {
  const names = Object.keys(parameters)
  const [selection, other] = SELECTIONS.filter((name) => names.includes(name))
  if (selection === undefined) {
    const alone = names.find((name) => !USED_WITH_ALL.includes(name))
    if (alone === undefined) return 'all'
    const needed = SELECTIONS.filter((name) => USED_WITH[name].some((used) => used === alone))
    return parameterProblem(alone, `needs ${needed.map((name) => `"${name}"`).join(' or ')}`)
  }
  if (other !== undefined) return parameterProblem(other, `cannot be used together with "${selection}"`)
  const usable: readonly string[] = USED_WITH[selection]
  const misused = names.find((name) => name !== selection && !usable.includes(name))
  return misused === undefined
    ? selection
    : parameterProblem(misused, `cannot be used together with "${selection}"`)
}
