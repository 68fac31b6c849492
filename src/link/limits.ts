/** Connecting, TLS and the greeting of a neighbour that is known to be proxyherd may each take this long, in milliseconds. */
export const STEP_TIMEOUT_MS = 10_000

/** An unknown neighbour that has answered nothing for this long, or 4 times its connect time, is served as a classic one meanwhile. */
export const MIN_SILENCE_MS = 1_000
export const SILENT_CONNECT_TIMES = 4

/**
 * A neighbour that is served as a classic one is greeted again, after twice as long each time, up to the longest wait: it may have been
 * replaced, or it was proxyherd all the time and its answer was lost. Milliseconds.
 */
export const MIN_PROBE_MS = 10_000
export const MAX_PROBE_MS = 300_000

/** So many calls of the neighbour may wait to prove themselves; of more, the oldest is closed. */
export const MAX_UNPROVEN = 4
