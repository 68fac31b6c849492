import { createHash, createHmac, randomBytes } from 'node:crypto'
import { NO_ACCESS, type Access, type Right, type TokenRights } from './token-rights.js'

/** How many random bytes a token has: as many as a strong key, so that nobody can guess one. */
const TOKEN_BYTES = 32

/** What every token starts with, so that people and programs that search for secrets recognise one. */
export const TOKEN_PREFIX = 'proxyherd_'

/** The random bytes are base64url, which needs no escape in a URL or a header. */
const TOKEN = new RegExp(`^${TOKEN_PREFIX}[A-Za-z0-9_-]{43}$`)

/** A line of a tokens file. */
export interface TokenEntry {
  readonly name: string
  /** SHA-256 of the token, in hexadecimal digits. */
  readonly hash: string
  readonly rights: TokenRights
}

/** Makes a token that nobody has yet. */
export function newToken(): string {
  return TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url')
}

/** Whether a text has the form of a token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/**
 * The hash of a token that servers keep. A slow hash, as for passwords, would only cost time: it makes guesses expensive, and nobody guesses 32
 * random bytes.
 */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** What the owner of a token may do. It changes when the tokens file is read again: connections that have shown the token keep this object. */
export class Grant implements Access {
  #entry: TokenEntry
  #isRevoked = false

  constructor(entry: TokenEntry) {
    this.#entry = entry
  }

  get token(): string {
    return this.#entry.name
  }

  /** Whether the token is no longer in the file. It then allows nothing. */
  get isRevoked(): boolean {
    return this.#isRevoked
  }

  /** Whether nothing but reporting is allowed. */
  get isForReports(): boolean {
    return this.#entry.rights.isForReports
  }

  mayReport(client: Uint8Array, start?: number, end?: number): boolean {
    return this.#rights.mayReport(client, start, end)
  }

  mayRead(client: Uint8Array, start?: number, end?: number): boolean {
    return this.#rights.mayRead(client, start, end)
  }

  get reads(): Access['reads'] {
    return this.#rights.reads
  }

  may(right: Right): boolean {
    return this.#rights.may(right)
  }

  /** The token has this line in the file now. */
  replaceEntry(entry: TokenEntry): void {
    this.#entry = entry
  }

  revoke(): void {
    this.#isRevoked = true
  }

  get #rights(): Omit<Access, 'token'> {
    return this.#isRevoked ? NO_ACCESS : this.#entry.rights
  }
}

/** The tokens of a server. Only their hashes are known. */
export class Tokens {
  /** Hides how hashes compare, see `find`. */
  readonly #secret = randomBytes(TOKEN_BYTES)
  #grants = new Map<string, Grant>()

  constructor(entries: readonly TokenEntry[]) {
    this.replaceWith(entries)
  }

  /**
   * The grant of a token; undefined if there is no such token. The look-up uses a keyed hash of the token's hash, so its
   * duration does not reveal how much of a guess is right.
   */
  find(token: string): Grant | undefined {
    return isToken(token) ? this.#grants.get(this.#keyOf(hashToken(token))) : undefined
  }

  /** Uses these tokens from now on, also for connections that have shown one: those that are missing are revoked. */
  replaceWith(entries: readonly TokenEntry[]): void {
    const grants = new Map<string, Grant>()
    for (const entry of entries) {
      const key = this.#keyOf(entry.hash)
      const grant = this.#grants.get(key)
      grant?.replaceEntry(entry)
      grants.set(key, grant ?? new Grant(entry))
    }
    for (const [key, grant] of this.#grants) if (!grants.has(key)) grant.revoke()
    this.#grants = grants
  }

  #keyOf(hash: string): string {
    return createHmac('sha256', this.#secret).update(hash).digest('base64')
  }
}
