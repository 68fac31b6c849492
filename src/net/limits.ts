/** How many client connections a server has at once. Each costs a few KiB of memory. */
export const MAX_CONNECTIONS = 10_000

/** How many more there may be of neighbours that greet and of those who ask for the status: enough for several attempts of each at once. */
export const RESERVED_CONNECTIONS = 64

/** A client that has been silent for an hour has most likely gone without closing its connection. */
export const CLIENT_IDLE_MS = 3_600_000

/** How often the system checks that a client is still there whose connection is a stream, since that may be silent for ever. */
export const STREAM_CHECK_MS = 60_000

/** How long such a client may read nothing. */
export const STREAM_IDLE_MS = 600_000

/** How many bytes of a stream may wait for a client that does not read. What changes beyond that waits as clients, not as lines. */
export const STREAM_BACKLOG_BYTES = 8 * 1024

/** What a queued reply costs in memory besides its text. */
export const REPLY_BYTES = 128

/** The assumed size of a reply that is not there yet: about that of twenty places. */
export const AWAITED_REPLY_BYTES = 16 * 1024

/**
 * How many commands of one client may wait for a place look-up. Beyond this, its commands are not read until one is answered. A server makes as
 * many look-ups at once, so that a single client can use them all.
 */
export const MAX_UNANSWERED = 64

/**
 * The longest line between servers lists the digests of one bucket, 16 digits per report. This is enough for a table of 60 million reports,
 * more than fit in the memory of a server.
 */
export const MAX_LINK_LINE_BYTES = 1024 * 1024

/** How many bytes the socket of a link may hold before it must drain: enough to fill it, but few, so that newer reports can replace waiting ones. */
export const MAX_LINK_BACKLOG_BYTES = 256 * 1024

/** A write on a link has at least this many bytes, if there are as many. Lines are taken in groups of `LINES_PER_TAKE`. */
export const BYTES_PER_WRITE = 64 * 1024
export const LINES_PER_TAKE = 64

/**
 * The read budget of a client per turn of the event loop, in lines and in bytes. It is well under a millisecond of work: other clients wait that
 * long for each client that floods the server.
 */
export const LINES_PER_TURN = 64
export const BYTES_PER_TURN = 8 * 1024

/**
 * The read budget of a link is this many times that of a client, since a link carries the reports of all clients of several servers. With a
 * smaller budget, a herd under load answers clients faster than its servers exchange reports; with a much larger one, clients wait too long.
 */
export const TURNS_OF_A_LINK = 16

/** How long a refused peer has to read the answer: a few round trips of a slow path. */
export const DISMISS_MS = 5_000

/** How long a stopping server waits for replies to be sent. */
export const STOP_TIMEOUT_MS = 5_000

/** How long a closing connection waits for a peer that does not read. */
export const CLOSE_TIMEOUT_MS = 10_000

/** How much of a large table is sent to one neighbour in one turn of the event loop: about a millisecond of work. */
export const BYTES_PER_FLUSH = 64 * 1024
