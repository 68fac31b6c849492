import type { Connection } from './connection.js'

/** How often each side of a link says that it is alive. */
export const HEARTBEAT_MS = 1_000

/** So many beats without a byte from the neighbour, and the link is taken for dead. Any byte counts: who is busy is alive. */
export const MISSED_BEATS = 4

/** Says now and then on a link that we are alive, and closes it when the neighbour says nothing at all any more. Returns how to stop. */
export function beat(connection: Connection, beatMs: number = HEARTBEAT_MS): () => void {
  let missed = 0
  let lastAt = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    // If it is we who were held up, the neighbour's bytes are still to be read.
    const wereHeldUp = now - lastAt > 2 * beatMs
    missed = connection.heardAt >= lastAt || wereHeldUp ? 0 : missed + 1
    lastAt = now
    if (missed === MISSED_BEATS)
      connection.destroy(`it has said nothing for ${(MISSED_BEATS * beatMs) / 1_000} s`)
    // What a neighbour has still to read will show it that we are alive.
    else if (connection.backlogBytes === 0) connection.write('PING\n')
  }, beatMs)
  return () => {
    clearInterval(timer)
  }
}
