import type { Log } from '../log/log.js'
import type { Connection } from '../net/connection.js'
import { CLIENT_IDLE_MS } from '../net/limits.js'
import { parseCommand } from '../protocol/command.js'
import { formatLinkRefusal } from '../protocol/greeting.js'
import type { Line } from '../protocol/lines.js'
import { FOREIGN_ANSWER } from '../protocol/opening.js'
import { TLS_ONLY } from '../protocol/refusal.js'

/**
 * Refuses connections without TLS: the first line of each is answered and carried out by nobody, and the connection closes. The server cannot
 * speak first, since it learns only from the first bytes that there is no TLS.
 */
export class PlainRefusals {
  readonly #log: Log
  readonly #open = new Set<Connection>()
  #count = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** How many connections were refused. */
  get count(): number {
    return this.#count
  }

  /** Takes a connection of which nothing has been read. */
  add(connection: Connection): void {
    this.#open.add(connection)
    connection.onceClosed(() => this.#open.delete(connection))
    connection.closeWhenIdle(CLIENT_IDLE_MS)
    connection.screen()
    let isRefused = false
    const refuse = (answer: string): void => {
      if (isRefused) return
      isRefused = true
      this.#refuse(connection, answer)
    }
    connection.setOwner({
      line: (line) => {
        refuse(answerTo(line))
      },
      foreign: () => {
        refuse(FOREIGN_ANSWER)
      },
      ended: () => {
        connection.close()
      },
      closed: () => undefined,
    })
  }

  /** Closes all connections. */
  close(): void {
    for (const connection of this.#open) connection.destroy()
  }

  #refuse(connection: Connection, answer: string): void {
    this.#count += 1
    this.#log.write({ kind: 'client', what: 'refused', who: connection.peer, why: 'it does not use TLS' })
    connection.dismiss(answer)
  }
}

// A reply that starts with "? " would make a neighbour without the herd key treat this server as a classic one.
function answerTo(line: Line): string {
  const isLink = parseCommand(line).kind === 'greeting'
  return `${isLink ? formatLinkRefusal(`${TLS_ONLY}, so links need the herd key`) : `? ${TLS_ONLY}`}\n`
}
