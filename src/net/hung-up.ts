import type { Connection } from './connection.js'

/**
 * Finds out whether the other side of a connection, of which a line has just come, has hung up since: its end is then the next thing to
 * be read. Calls back with whether it has. Until then nobody owns the connection.
 */
export function whenReadAgain(connection: Connection, done: (hasHungUp: boolean) => void): void {
  connection.disown()
  // What setImmediate calls comes after reading: the first after what is being read now, the second after all has been read once more.
  setImmediate(() =>
    setImmediate(() => {
      done(connection.isOver)
    }),
  )
}
