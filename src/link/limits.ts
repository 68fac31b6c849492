/** The longest time in milliseconds for each of connecting, TLS, and the greeting of a neighbour that is known to be proxyherd. */
export const STEP_TIMEOUT_MS = 10_000

/** An unknown neighbour that has been silent for this long, and for 4 times its connect time, is treated as a classic server for now. */
export const MIN_SILENCE_MS = 1_000
export const SILENT_CONNECT_TIMES = 4

/**
 * The first and the longest wait before a neighbour that is treated as a classic server is greeted again; each wait is twice the last. It may
 * have been replaced, or it has always been proxyherd and its answer was lost. Milliseconds.
 */
export const MIN_PROBE_MS = 10_000
export const MAX_PROBE_MS = 300_000

/** The most unproven calls of the neighbour; when there are more, the oldest is closed. */
export const MAX_UNPROVEN = 4
