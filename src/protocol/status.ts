/** What a person's tool says to a server to learn how it stands. Two words, so that it is no command of any other herd program. */
export const STATUS_REQUEST = 'STATUS proxyherd'

/** How a server stands; times are ISO 8601 in UTC. */
export interface ServerStatus {
  readonly server: string
  /** Of the program. */
  readonly version: string
  readonly startedAt: string
  readonly uptimeSeconds: number
  /** How many clients it knows. */
  readonly clients: number
  /** Of its table, 16 hexadecimal digits: equal where the tables are. */
  readonly digest: string
  readonly links: readonly LinkStatus[]
}

/** How a link stands, seen from one of its ends. */
export type LinkStatus =
  | { readonly neighbour: string; readonly state: 'down' }
  | {
      readonly neighbour: string
      readonly state: 'up'
      /** Whether the neighbour is of this program, or of another, which is told plain `AT` lines. */
      readonly kind: 'proxyherd' | 'plain'
      readonly upSince: string
      readonly lastHeardSecondsAgo: number
      /** How many clients the neighbour has still to be told of. */
      readonly pending: number
      /** What its connection has carried; within TLS, if it is secured. */
      readonly sentBytes: number
      readonly receivedBytes: number
      /** Whether the digests were equal when last compared; null if they have not been. */
      readonly inSync: boolean | null
    }

/** The line, without its line end, that tells how a server stands. */
export function formatStatus(status: ServerStatus): string {
  return `STATUS ${JSON.stringify(status)}`
}
