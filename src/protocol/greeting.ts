/**
 * How proxyherd servers open a link: the server that dials says `LINK 1 Clark Bernard 1763929921123 0a1b2c3d`, the other answers
 * with its own, or with `NOLINK` and why not. A neighbour that is not proxyherd answers `? …`, closes or stays silent, which is how we know.
 */
export interface Greeting {
  /** Of this protocol between servers. What a version does not share with ours is empty here. */
  readonly version: string
  /** The name of the server that speaks. */
  readonly from: string
  /** The name of the server it believes it speaks to. */
  readonly to: string
  /** Digits that are a greater number each time the speaking server starts, so that a restart is not taken for a second connection. */
  readonly incarnation: string
  /** Of its topology, 8 hexadecimal digits: servers of one herd have the same. */
  readonly herd: string
}

export const LINK_VERSION = '1'

/** What a neighbour is served as: a server of this program, or of another, which is sent plain `AT` lines and nothing else. */
export type NeighbourKind = 'proxyherd' | 'plain'

/** The line, without its line end, that opens or answers a link. */
export function formatGreeting({ version, from, to, incarnation, herd }: Greeting): string {
  return `LINK ${version} ${from} ${to} ${incarnation} ${herd}`
}

/** Words for what a server understands beyond version 1 of links: it returns the tokens of heartbeats; and it knows the counts of reports. */
export const PONG = 'pong'
export const COUNTS = 'counts'

/**
 * The line, without its line end, that follows a greeting once the neighbour has greeted too: `FEATURES pong counts`. It names what we
 * understand beyond version 1. Words that a server does not know are skipped, and so is the line by those that do not know it.
 */
export function formatFeatures(): string {
  return `FEATURES ${PONG} ${COUNTS}`
}

/** The line, without its line end, that says that we are alive; a neighbour that knows `pong` returns the token. */
export function formatPing(token: number | undefined): string {
  return token === undefined ? 'PING' : `PING ${token}`
}

/** The line, without its line end, that returns the token of a heartbeat. */
export function formatPong(token: number): string {
  return `PONG ${token}`
}

/** Reads the fields after `LINK`; undefined when they are no greeting. In every version the first three mean the same. */
export function parseGreeting(fields: readonly string[]): Greeting | undefined {
  const [version, from, to, incarnation, herd] = fields
  if (version === undefined || from === undefined || to === undefined || !/^[0-9]{1,9}$/.test(version))
    return undefined
  if (version !== LINK_VERSION) return { version, from, to, incarnation: '', herd: '' }
  if (incarnation === undefined || herd === undefined || fields.length !== 5) return undefined
  if (!/^[0-9]{1,30}$/.test(incarnation) || !/^[0-9a-f]{8}$/.test(herd)) return undefined
  return { version, from, to, incarnation, herd }
}

const REFUSAL = 'NOLINK'

/** The line, without its line end, that refuses a link; `why` goes on after "it says": `it is Oak`. */
export function formatLinkRefusal(why: string): string {
  return `${REFUSAL} ${why}`
}
