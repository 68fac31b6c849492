/** How many connections each server has at once for HTTP. Each costs some 10 KiB of memory. A third is left when all who may watch do. */
export const MAX_HTTP_CONNECTIONS = 3_000

/** How many requests of one connection may wait for their turn. Few programs send a request before they have the response to the one before. */
export const MAX_PIPELINED = 16

/** The longest body of a request. A batch of 2,000 positions from a phone has about half of it. */
export const MAX_BODY_BYTES = 1024 * 1024

/** The memory for bodies that arrive and for responses that are not read yet, of all connections of a process. */
export const MAX_BUFFERED_BYTES = 64 * 1024 * 1024

/** The longest header of a request, with its URL. A client ID of 4,096 bytes takes three characters each. */
export const MAX_HEADER_BYTES = 32 * 1024

/** How long the header of a request may take to arrive, and the whole request. */
export const HEADER_TIMEOUT_MS = 10_000
export const REQUEST_TIMEOUT_MS = 30_000

/** How often these are checked. */
export const TIMEOUT_CHECK_MS = 1_000

/** How long a connection stays open between two requests. */
export const KEEP_ALIVE_MS = 60_000

/** How long a connection may stand still in the middle of a request or a response. Longer than any request waits for a report. */
export const STALLED_MS = 60_000

/** The longest time that a request waits for a report, and how many requests of a process may wait at once. */
export const MAX_WAIT_SECONDS = 30
export const MAX_WAITING = 1_000

/** The most clients on a page, and how many there are without `limit`. */
export const MAX_PAGE_CLIENTS = 1_000
export const DEFAULT_PAGE_CLIENTS = 100

/** How often a stream of events sends a comment if there is no event, so that both ends and what is between them know that it is alive. */
export const COMMENT_MS = 15_000

/** How long a reader of a stream may read nothing. Meanwhile it costs a few KiB, and a slot for each client that changes. */
export const STREAM_STALLED_MS = 600_000

/** How long a browser waits before it opens a stream again that has broken. */
export const STREAM_RETRY_MS = 2_000
