import type { Log } from '../log/log.js'
import type { TokenFailures } from '../net/token-failures.js'
import type { Access } from '../net/token-rights.js'
import type { Grant, Tokens } from '../net/tokens.js'

/** Who may do what at the servers of a process. */
export interface Authorization {
  readonly tokens: Pick<Tokens, 'find'>
  readonly failures: TokenFailures
  /** Whether tokens are also taken over connections to other machines that are not encrypted. */
  readonly allowsPlain: boolean
}

/** A token, and how it came. */
export interface ShownToken {
  readonly token: string
  /** The address of the client, for the log. */
  readonly who: string
  /** Its host, see `hostOf`. */
  readonly host: string
  /** Whether nobody on the way can have read the token: the connection is encrypted, or does not leave this machine. */
  readonly isPrivate: boolean
}

/** The grant of a token that is accepted, or why it is refused. */
export type TokenCheck =
  { readonly kind: 'accepted'; readonly grant: Grant } | { readonly kind: 'refused'; readonly why: string }

const PLAIN = 'it came over a connection without TLS from another machine, where others can read it'

/** Checks a token. A failure is counted and logged, without the token; the caller delays the answer. */
export function checkToken(
  { tokens, failures, allowsPlain }: Authorization,
  { token, who, host, isPrivate }: ShownToken,
  log: Log,
): TokenCheck {
  const grant = tokens.find(token)
  const isExposed = !isPrivate && !allowsPlain
  if (grant && !isExposed) return { kind: 'accepted', grant }
  const why = isExposed ? PLAIN : 'there is no such token'
  const name = grant && { token: grant.token }
  log.write({ kind: 'token', what: 'refused', who, ...name, why, failures: failures.count(host) })
  return { kind: 'refused', why }
}

/** Logs that a client has shown a token, once per connection. */
export function logTokenAccepted(log: Log, who: string, { token = '' }: Access): void {
  log.write({ kind: 'token', what: 'accepted', who, token })
}

/** Logs something that must be traced to who has done it, such as `FORGET kiwi`. Without tokens, nobody is known but by address. */
export function logTokenUse(log: Log, who: string, { token }: Access, why: string): void {
  log.write({ kind: 'token', what: 'used', who, ...(token !== undefined && { token }), why })
}
