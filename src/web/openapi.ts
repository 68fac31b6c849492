import { STATUS_CODES } from 'node:http'
import * as z from 'zod/mini'
import { PROBLEM_TYPE } from './problem.js'
import { problemSchema } from './schemas.js'
import type { WebRoute } from './web-route.js'

/** The problems that any request may have. */
const COMMON_PROBLEMS = [400, 401, 403, 404, 405, 408, 417, 421, 429, 431, 500, 503] as const

/** The OpenAPI 3.1 document of some requests, made from the schemas that check them. */
export function openApi(routes: readonly WebRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route)
  return {
    openapi: '3.1.0',
    info: { title: 'proxyherd', version, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: { Problem: schemaOf(problemSchema) } },
  }
}

function operation(route: WebRoute): object {
  const { method, path, summary, parameters, body, replies, success = 200, problems, isTagged } = route
  const statuses = [...new Set<number>([...COMMON_PROBLEMS, ...problems])].sort()
  const responses = statuses.map((status) => [status, problemResponse(status)] as const)
  const content = Object.entries(replies).map(
    ([type, schema]) => [type, { schema: schemaOf(schema) }] as const,
  )
  return {
    summary,
    operationId: operationId(method, path),
    parameters: [...pathParameters(path), ...queryParameters(parameters)],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } },
    }),
    responses: {
      [success]: {
        description: STATUS_CODES[success],
        ...(content.length > 0 && { content: Object.fromEntries(content) }),
      },
      ...(isTagged && { 304: { description: 'Not modified' } }),
      ...Object.fromEntries(responses),
    },
  }
}

/** Such as `getV1ClientsId`. */
function operationId(method: string, path: string): string {
  const words = path.split(/[^a-z0-9]+/i).map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
  return method.toLowerCase() + words.join('')
}

function pathParameters(path: string): object[] {
  if (!path.includes('{id}')) return []
  return [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }]
}

function queryParameters(parameters: WebRoute['parameters']): object[] {
  if (!parameters) return []
  const { properties = {} } = schemaOf(parameters) as { properties?: Record<string, object> }
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }))
}

function problemResponse(status: number): object {
  return {
    description: STATUS_CODES[status],
    content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
  }
}

/** A schema of JSON. The dialect of all is that of the document. */
function schemaOf(schema: z.core.$ZodType): object {
  return { ...z.toJSONSchema(schema), $schema: undefined }
}
