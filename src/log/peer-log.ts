/** Logs one line, without its line end. The bytes need to be valid during the call only. */
export type LogLineBytes = (bytes: Uint8Array, start: number, end: number) => void

/** Logs the lines received from one peer (`in`) and sent to it (`out`). */
export interface PeerLog {
  readonly in: LogLineBytes
  readonly out: LogLineBytes
}
