/** How many connections each server has at once for HTTP. Each costs some 10 KiB of memory. A third is left when all who may watch do. */
const MAX_HTTP_CONNECTIONS = 3_000

/** How many connections beyond that are told so at once. The system closes further ones without a word. */
export const MAX_REFUSED_CONNECTIONS = 100

/** How many requests of one connection may wait for their turn. Few programs send a request before they have the response to the one before. */
export const MAX_PIPELINED = 16

/** The longest body of a request. A batch of 2,000 positions from a phone has about half of it. */
export const MAX_BODY_BYTES = 1024 * 1024

/** The memory for bodies that arrive and for responses that are not read yet, of all connections of a process. */
export const MAX_BUFFERED_BYTES = 64 * 1024 * 1024

/** So much of a body or response does not count there. Usual ones are shorter, so those who fill the memory do not keep others from being served. */
export const UNCOUNTED_BYTES = 16 * 1024

/** The longest header of a request, with its URL. A client ID of 4,096 bytes takes three characters each. */
export const MAX_HEADER_BYTES = 32 * 1024

/** The limits of connections. Tests shorten them. */
export interface ConnectionLimits {
  /** How many there may be at once. */
  readonly connections: number
  /** How long the header of a request may take to arrive. */
  readonly headerMs: number
  /** How long the whole request may take. What is left of a body that is not needed is skipped for as long. */
  readonly requestMs: number
  /** How often these two are checked. */
  readonly checkMs: number
  /** How long a connection stays open between two requests. */
  readonly keepAliveMs: number
  /** How long a connection may stand still in the middle of a request or a response. Longer than any request waits for a report. */
  readonly stalledMs: number
  /** How long a client may take to read a response. */
  readonly responseMs: number
  /** How long a connection on which nothing more is served stays open, so that the client can read why. */
  readonly lingerMs: number
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  connections: MAX_HTTP_CONNECTIONS,
  headerMs: 10_000,
  requestMs: 30_000,
  checkMs: 1_000,
  keepAliveMs: 60_000,
  stalledMs: 60_000,
  responseMs: 120_000,
  lingerMs: 2_000,
}

/** The longest time that a request waits for a report, and how many requests of a process may wait at once. */
export const MAX_WAIT_SECONDS = 30
export const MAX_WAITING = 1_000

/** The most clients on a page, and how many there are without `limit`. */
export const MAX_PAGE_CLIENTS = 1_000
export const DEFAULT_PAGE_CLIENTS = 100

/** A page with so many bytes gets no further client. JSON may take 25 KB for one whose ID is long and odd. */
export const MAX_PAGE_BYTES = 1024 * 1024

/** How often a stream of events sends a comment if there is no event, so that both ends and what is between them know that it is alive. */
export const COMMENT_MS = 15_000

/** How long a reader of a stream may read nothing. Meanwhile it costs a few KiB, and a slot for each client that changes. */
export const STREAM_STALLED_MS = 600_000

/** How long a browser waits before it opens a stream again that has broken. */
export const STREAM_RETRY_MS = 2_000
