import type * as z from 'zod/mini'
import { quote, shorten } from './in/incoming.js'
import { problem, type Problem, type ProblemError } from './problem.js'

/** Checks the parameters of a request. Returns what is wrong with which value; undefined if all are right. */
export function parametersProblem(
  schema: z.ZodMiniObject,
  parameters: Readonly<Record<string, string>>,
): Problem | undefined {
  const texts = Object.entries(parameters).map((each) => each.map(fromBytes))
  const errorAt = (path: readonly PropertyKey[], detail: string): ProblemError => ({
    parameter: path.join('.'),
    detail,
  })
  return shapeProblem(schema, Object.fromEntries(texts), errorAt)
}

/** The same for the JSON of a body. */
export function bodyProblem(schema: z.ZodMiniObject, body: unknown): Problem | undefined {
  return shapeProblem(schema, body, (path, detail) => ({ pointer: path.map(toPointer).join(''), detail }))
}

/** The messages of the schema say what each value must be. */
function shapeProblem(
  schema: z.ZodMiniObject,
  value: unknown,
  errorAt: (path: readonly PropertyKey[], detail: string) => ProblemError,
): Problem | undefined {
  const { error } = schema.safeParse(value, { reportInput: true })
  if (!error) return undefined
  const errors = error.issues.flatMap((issue): ProblemError[] => {
    const { path } = issue
    if (issue.code !== 'unrecognized_keys') return [errorAt(path, detailOf(issue))]
    const known = path.length === 0 ? `; ${listOf(Object.keys(schema.shape))}` : ''
    return issue.keys.map((key) => errorAt([...path, key], `is unknown${known}`))
  })
  // A value may break several rules that are described by one message.
  const texts = new Map(errors.map((error) => [textOf(error), error]))
  return problem(400, [...texts.keys()].join('; '), { errors: [...texts.values()] })
}

function textOf({ pointer, parameter = pointer, detail }: ProblemError): string {
  return parameter === '' ? detail : `${quote(String(parameter))} ${detail}`
}

function listOf(known: readonly string[]): string {
  return `this request takes ${known.length === 0 ? 'no parameters' : known.map(quote).join(', ')}`
}

function detailOf({ message, input }: z.core.$ZodIssue): string {
  if (input === undefined) return 'is missing'
  return `${message}, not ${typeof input === 'string' ? quote(input) : shorten(JSON.stringify(input))}`
}

/** The text of a parameter, which came with one character per byte. */
function fromBytes(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString()
}

/** A part of a JSON pointer (RFC 6901). */
function toPointer(key: PropertyKey): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}
