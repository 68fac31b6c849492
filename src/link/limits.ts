/** The longest time in milliseconds for each of connecting, TLS, and the greeting of a neighbour that is known to be proxyherd. */
export const STEP_TIMEOUT_MS = 10_000

/** An unknown neighbour that has been silent for this long, and for 4 times its connect time, counts as classic for now. */
export const MIN_SILENCE_MS = 1_000
export const SILENT_CONNECT_TIMES = 4

/**
 * An unknown neighbour that has closed the connection at so many greetings in a row counts as classic. One or two may have met a server
 * that was just being stopped, or a port forwarder whose server was not there yet.
 */
export const MAX_HANG_UPS = 3

/**
 * A classic neighbour is greeted again after this time, since it may have been replaced. One that only ever hangs up has given no answer, so
 * it is greeted sooner: first after the shorter time, then after twice the wait. Milliseconds.
 */
export const MIN_PROBE_MS = 10_000
export const MAX_PROBE_MS = 300_000

/** The most unproven calls of the neighbour; when there are more, the oldest is closed. */
export const MAX_UNPROVEN = 4
