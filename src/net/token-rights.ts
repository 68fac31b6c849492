import { ClientPattern } from './client-pattern.js'

/** A right that concerns no client: to ask for the state of servers, to forget clients, or to control servers. */
export type Right = (typeof RIGHTS)[number]

const RIGHTS = ['status', 'forget', 'control'] as const

/** What somebody may do. A client ID is given as the bytes from `start` to `end`. */
export interface Access {
  /** The name of the token that was shown, for the log. */
  readonly token: string | undefined
  /** Whether reports of this client are taken. */
  mayReport(client: Uint8Array, start?: number, end?: number): boolean
  /** Whether this client may be seen. */
  mayRead(client: Uint8Array, start?: number, end?: number): boolean
  /** Which clients may be seen, so that nobody needs to ask for each. */
  readonly reads: 'all' | 'some' | 'none'
  may(right: Right): boolean
}

/** Everything is allowed, because there is no tokens file. */
export const FULL_ACCESS: Access = {
  token: undefined,
  mayReport: () => true,
  mayRead: () => true,
  reads: 'all',
  may: () => true,
}

/** Nothing is allowed, because no token was shown. */
export const NO_ACCESS: Access = {
  token: undefined,
  mayReport: () => false,
  mayRead: () => false,
  reads: 'none',
  may: () => false,
}

/** The most rights of a token, so that it is soon known whether one of them fits. */
const MAX_RIGHTS = 64

/** The longest pattern. Longer client IDs can be matched with a star. */
const MAX_PATTERN_BYTES = 256

/** What is read for bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd'

/** What a token allows. */
export class TokenRights {
  readonly #report: readonly ClientPattern[]
  readonly #read: readonly ClientPattern[]
  readonly #others: ReadonlySet<string>
  readonly reads: Access['reads']

  /** Each right must be valid, see `rightFault`. */
  constructor(rights: readonly string[]) {
    this.#report = patternsOf(rights, 'report:')
    this.#read = patternsOf(rights, 'read:')
    this.#others = new Set(rights)
    this.reads = readsOf(this.#read)
  }

  /** Whether nothing but reporting is allowed. */
  get isForReports(): boolean {
    return this.reads === 'none' && !RIGHTS.some((right) => this.#others.has(right))
  }

  mayReport(client: Uint8Array, start?: number, end?: number): boolean {
    return this.#report.some((pattern) => pattern.matches(client, start, end))
  }

  mayRead(client: Uint8Array, start?: number, end?: number): boolean {
    return this.#read.some((pattern) => pattern.matches(client, start, end))
  }

  may(right: Right): boolean {
    return this.#others.has(right)
  }
}

/** Parses rights such as `report:truck-*,read:truck-*,status`. What is wrong is returned as text, with the value. */
export function parseRights(text: string): TokenRights | string {
  const rights = text.split(',')
  if (rights.length > MAX_RIGHTS) return `${rights.length} rights are more than ${MAX_RIGHTS}`
  const fault = rights.map(rightFault).find((why) => why !== undefined)
  return fault ?? new TokenRights(rights)
}

function rightFault(right: string): string | undefined {
  const pattern = /^(?:report|read):(.*)$/s.exec(right)?.[1]
  if (pattern === undefined) {
    if (RIGHTS.some((known) => known === right)) return undefined
    return `"${right}" is not a right: use report:PATTERN, read:PATTERN, ${RIGHTS.join(', ')}`
  }
  if (pattern === '') return `"${right}" has no pattern: * stands for all clients`
  if (/\s/.test(pattern)) return `"${right}" has white space, which no client ID has`
  if (pattern.includes(REPLACEMENT)) return `"${right}" is not UTF-8: use * for other bytes`
  if (Buffer.byteLength(pattern) <= MAX_PATTERN_BYTES) return undefined
  return `"${right.slice(0, 40)}…" has a pattern of more than ${MAX_PATTERN_BYTES} bytes`
}

function readsOf(patterns: readonly ClientPattern[]): Access['reads'] {
  if (patterns.length === 0) return 'none'
  return patterns.some(({ matchesAll }) => matchesAll) ? 'all' : 'some'
}

function patternsOf(rights: readonly string[], kind: string): ClientPattern[] {
  return rights
    .filter((right) => right.startsWith(kind))
    .map((right) => new ClientPattern(right.slice(kind.length)))
}
