import type { Line } from '../protocol/lines.js'
import type { Connection } from './connection.js'

/**
 * Finds out whether the other side of a connection, of which lines have just come, has hung up since: its end is then the next thing to
 * be read. Calls back with whether it has, and with the lines that have come meanwhile.
 */
export function whenReadAgain(
  connection: Connection,
  done: (hasHungUp: boolean, lines: Line[]) => void,
): void {
  const lines: Line[] = []
  connection.own({
    lines: (more) => lines.push(...more),
    ended: () => undefined,
    closed: () => undefined,
  })
  // What setImmediate calls comes after reading: the first after what is being read now, the second after all has been read once more.
  setImmediate(() =>
    setImmediate(() => {
      done(connection.isOver, lines)
    }),
  )
}
