import type { Log } from '../log/log.js'
import type { Connection } from '../net/connection.js'
import type { Answer } from '../net/session.js'
import { FULL_ACCESS, NO_ACCESS, type Access } from '../net/token-rights.js'
import type { Grant } from '../net/tokens.js'
import { formatAuthReply } from '../protocol/auth-line.js'
import { toBytes, type ByteWriter } from '../protocol/bytes.js'
import { checkToken, logTokenAccepted, type Authorization, type ShownToken } from './authorization.js'

export interface ClientAuthorizationParts extends Pick<ShownToken, 'host' | 'isPrivate'> {
  /** Undefined without a tokens file. */
  readonly authorization: Authorization | undefined
  readonly connection: Pick<Connection, 'peer' | 'destroy'>
  readonly log: Log
}

const REFUSAL = toBytes('? AUTH\n')

const TOO_MANY = 'too many connections of its host have shown tokens that are refused'

/** What the client at the other end of a connection may do: with a tokens file, what the token allows that it showed last. */
export class ClientAuthorization {
  readonly #parts: ClientAuthorizationParts
  #grant: Grant | undefined

  constructor(parts: ClientAuthorizationParts) {
    this.#parts = parts
  }

  /** What the client may do now. */
  get access(): Access {
    if (!this.#parts.authorization) return FULL_ACCESS
    return this.#grant ?? NO_ACCESS
  }

  /** Whether the client may ask for `STATUS` although it is not trusted as a server. */
  get mayAskStatus(): boolean {
    return this.#grant?.may('status') === true
  }

  /** Why something is refused that the client's token does not allow. */
  whyNot(what: string): string {
    if (!this.#grant) return `a token is needed for ${what}, see AUTH`
    const { token, isRevoked } = this.#grant
    return isRevoked ? `the token ${token} was revoked` : `the token ${token} does not allow ${what}`
  }

  /** Answers `AUTH`. A refusal waits a while; then the connection stays open. Without a tokens file any token will do. */
  authenticate(token: string, out: ByteWriter): Answer {
    const { authorization, connection, host, isPrivate, log } = this.#parts
    if (authorization) {
      this.#grant = undefined
      const checked = checkToken(authorization, { token, who: connection.peer, host, isPrivate }, log)
      if (checked.kind === 'refused') return { kind: 'later', reply: this.#refuse(authorization) }
      this.#grant = checked.grant
      logTokenAccepted(log, connection.peer, checked.grant)
    }
    out.text(formatAuthReply(this.#grant?.token))
    return { kind: 'reply' }
  }

  async #refuse({ failures }: Authorization): Promise<Uint8Array> {
    const { connection, host } = this.#parts
    if (!(await failures.wait(host))) connection.destroy(TOO_MANY)
    return REFUSAL
  }
}
