/** How many connections of clients a server holds at once: each costs a few KiB, and few servers have more devices to serve. */
export const MAX_CONNECTIONS = 10_000;
/** When all of these are taken, so many more connections wait to become links: enough for several tries of each neighbour at once. */
export const RESERVED_CONNECTIONS = 64;
/** How long one of those may take to become a link: a neighbour greets within two round trips, and a round trip takes up to 4 s. */
export const RESERVED_MS = 8_000;
/** A client that says nothing for an hour has most likely gone without a word. */
export const CLIENT_IDLE_MS = 3_600_000;
/** Replies that a client does not read: beyond this its commands are not read either until it has caught up. */
export const MAX_BACKLOG_BYTES = 1024 * 1024;
/** The same of all clients of a server together: each may leave unread an equal part of this. */
const MAX_BACKLOGS_BYTES = 256 * 1024 * 1024;
/** But no client's part is less, because a socket only tells that it has drained when it held more than this (Node's high-water mark). */
const MIN_BACKLOG_BYTES = 64 * 1024;
/** How many bytes of replies each of so many clients may leave unread. */
export function maxBacklogBytes(clients) {
    return Math.min(MAX_BACKLOG_BYTES, Math.max(MIN_BACKLOG_BYTES, Math.floor(MAX_BACKLOGS_BYTES / clients)));
}
/** What a reply that waits for an earlier one costs beside its text, so that many short ones count for what they are. */
export const REPLY_BYTES = 128;
/** What a reply that is not there yet counts for: about as many bytes as twenty places have. */
export const AWAITED_REPLY_BYTES = 16 * 1024;
/**
 * Commands of one client that wait for a place look-up: beyond this its commands are not read until one is answered. As
 * many as a server has look-ups under way at once, so that a single client can still use them all.
 */
export const MAX_UNANSWERED = 64;
/**
 * The longest line between servers: what is in one bucket of a table, 16 digits a report. That is a table of 60 million
 * reports, far more than a server's memory holds.
 */
export const MAX_LINK_LINE_BYTES = 1024 * 1024;
/** What is handed to the socket of a link before it must drain: enough to fill it, little enough that newer reports still overtake. */
export const MAX_LINK_BACKLOG_BYTES = 256 * 1024;
/** How many bytes at least go into one write on a link, if there are as many, and how many lines are taken for it at once. */
export const BYTES_PER_WRITE = 64 * 1024;
export const LINES_PER_TAKE = 64;
/**
 * How much of what a peer has sent is read in one turn, before all others have theirs: so many lines, some of them dear, or
 * so many bytes. Well under a millisecond of work, which is what a client waits for each other that floods the server.
 */
export const LINES_PER_TURN = 64;
export const BYTES_PER_TURN = 8 * 1024;
/**
 * Of a neighbour so many times as much: on one link comes what all clients of several servers have said. With no more than a client's
 * turn, a herd under load answers ever faster than its servers tell one another; with much more, clients wait long for their answers.
 */
export const TURNS_OF_A_LINK = 16;
/** A peer that is refused with an answer has this long to read it: a few round trips of a slow path. */
export const DISMISS_MS = 5_000;
/** A server that was asked to stop gives replies in flight this long to leave. */
export const STOP_TIMEOUT_MS = 5_000;
/** A peer that reads nothing keeps a connection that is being closed for at most this long. */
export const CLOSE_TIMEOUT_MS = 10_000;
/** On a link to a server of another kind, which may have nothing to say for hours, TCP asks after this much silence whether it is there. */
export const KEEP_ALIVE_MS = 30_000;
/** So much of a large table goes to a neighbour that reads fast before others have their turn: about a millisecond of work. */
export const BYTES_PER_FLUSH = 64 * 1024;
