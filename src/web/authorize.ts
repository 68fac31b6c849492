import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { hostOf } from '../net/client-host.js'
import { formatAddress } from '../net/connection.js'
import { isLoopback } from '../net/loopback.js'
import { FULL_ACCESS, NO_ACCESS, type Access } from '../net/token-rights.js'
import type { Grant } from '../net/tokens.js'
import { checkToken, logTokenAccepted, type Authorization } from '../server/authorization.js'
import type { ClientRequests } from '../server/client-requests.js'
import { parseParameters } from './in/parameters.js'
import { problem, type Problem } from './problem.js'
import type { WebRoute } from './web-route.js'

/** A request that is to be authorized. */
export interface UncheckedRequest {
  readonly requests: Pick<ClientRequests, 'log'>
  readonly message: IncomingMessage
  readonly route: Pick<WebRoute, 'needs' | 'takesTokenInUrl'>
  readonly query: string
  readonly signal: AbortSignal
}

const REALM = 'realm="proxyherd"'

const MISSING = unauthorized('a token is needed: send it as "Authorization: Bearer TOKEN"', '')

const SEVERAL = problem(400, 'the request has more than one Authorization header')

const TOO_MANY = problem(429, 'too many tokens of this host were refused', {
  headers: { 'retry-after': '1', connection: 'close' },
})

const TOO_POWERFUL = problem(
  403,
  'this token allows more than reports, so it must not be in a URL, which others log: use one that allows only reports',
)

/** Why a request is refused that the client's token does not allow. */
export function forbidden(what: string): Problem {
  return problem(403, `the token does not allow ${what}`)
}

/** Whether what a connection carries is encrypted. */
export function isEncrypted(socket: Socket): boolean {
  return (socket as Partial<TLSSocket>).encrypted === true
}

// The token that each connection has shown last, so that it is logged once.
const logged = new WeakMap<Socket, string>()

/** What a request may do: with a tokens file, what its token allows. Resolves to a problem if it needs another token. */
export async function authorize(
  authorization: Authorization | undefined,
  request: UncheckedRequest,
): Promise<Access | Problem> {
  const { needs } = request.route
  if (!authorization) return FULL_ACCESS
  if (needs === 'nothing') return NO_ACCESS
  const isInUrl = tokenInUrl(request) !== undefined
  const token = tokenInUrl(request) ?? tokenInHeader(request.message)
  if (token === undefined) return MISSING
  if (typeof token !== 'string') return token
  const grant = await check(authorization, token, request)
  if ('kind' in grant) return grant
  if (isInUrl && !grant.isForReports) return TOO_POWERFUL
  return needs === undefined || grant.may(needs) ? grant : forbidden('this')
}

async function check(
  authorization: Authorization,
  token: string,
  { message: { socket }, requests: { log }, signal }: UncheckedRequest,
): Promise<Grant | Problem> {
  const who = formatAddress(socket.remoteAddress, socket.remotePort)
  const host = hostOf(socket.remoteAddress)
  // The address of a connection that is closed already is undefined, which is no address.
  const isPrivate = isEncrypted(socket) || isLoopback(String(socket.remoteAddress))
  const checked = checkToken(authorization, { token, who, host, isPrivate }, log)
  if (checked.kind === 'refused') {
    const hasWaited = await authorization.failures.wait(host, signal)
    return hasWaited
      ? unauthorized(`the token is refused: ${checked.why}`, ', error="invalid_token"')
      : TOO_MANY
  }
  const { grant } = checked
  if (logged.get(socket) !== grant.token) logTokenAccepted(log, who, grant)
  logged.set(socket, grant.token)
  return grant
}

/** The token in the URL, where apps can put it nowhere else. It counts first, as all that a person has put there. */
function tokenInUrl({ route, query }: UncheckedRequest): string | undefined {
  return route.takesTokenInUrl ? parseParameters(query).get('token') : undefined
}

/** The token of `Bearer`, or the password of `Basic`, whose user does not matter. Other kinds are none. */
function tokenInHeader({ headersDistinct }: IncomingMessage): string | Problem | undefined {
  const [header = '', ...others] = headersDistinct['authorization'] ?? []
  if (others.length > 0) return SEVERAL
  const [, kind = '', credentials = ''] = /^(Bearer|Basic) +(\S+) *$/i.exec(header) ?? []
  if (kind.toLowerCase() === 'bearer') return credentials
  if (kind === '') return undefined
  const pair = Buffer.from(credentials, 'base64').toString('latin1')
  return pair.slice(pair.indexOf(':') + 1)
}

function unauthorized(detail: string, error: string): Problem {
  const challenge = `Bearer ${REALM}${error}, Basic ${REALM}`
  return problem(401, detail, { headers: { 'www-authenticate': challenge } })
}
