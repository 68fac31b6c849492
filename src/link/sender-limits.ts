// The limits of what a classic neighbour is sent. Most were found by sending to 37 public herds. Times are milliseconds.

/** The longest time that connecting, and then sending a line, may take. A server that needs longer is overloaded. */
export const CONNECT_TIMEOUT_MS = 1_000

/** How many reports are sent at once. Almost all herds bear four connections at once. */
export const SLOTS = 4

/** The shortest time between two connections: 20 per second. At 50 per second two herds, and at 200 per second three, lose reports. */
export const PACE_MS = 50

/** A server that has not closed this long after our half-close will not: 13 herds never do. The slot is free again. */
export const SLOT_AFTER_HALF_CLOSE_MS = 50

/**
 * What the neighbour sends is read and dropped for this long after our half-close, since closing earlier could reset the connection. With
 * `PACE_MS`, at most 20 connections wait like this.
 */
export const LINGER_MS = 1_000

/** The first and the longest pause after the neighbour has refused a connection or not answered; each is twice the last. */
export const MIN_PAUSE_MS = 1_000
export const MAX_PAUSE_MS = 30_000

/**
 * How often a report is sent whose connection is reset. The first time, the neighbour may have been stopped before it read the line. The second
 * time it most likely has read it, and resets all its connections.
 */
export const MAX_ATTEMPTS = 2
