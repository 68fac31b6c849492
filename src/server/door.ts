import type { Socket } from 'node:net'
import type { Log } from '../log/file.js'
import { Acceptor, type Security } from '../net/acceptor.js'
import { Connection } from '../net/connection.js'
import { Hosts } from '../net/hosts.js'

/** Whether what servers say to each other is heard on a connection, and if not, why not. */
export type Trust = { readonly kind: 'anyone' } | { readonly kind: 'client'; readonly why: string }

const ANYONE: Trust = { kind: 'anyone' }
const KEYLESS: Trust = { kind: 'client', why: 'only who has the herd key may say this' }
const STRANGER: Trust = { kind: 'client', why: 'without a herd key, only hosts of neighbours may say this' }

/**
 * Lets connections in, and tells who may speak as a server: with herd keys, who has shown one; without, who comes from one of the
 * `hosts`, or, if none are given because only this machine can reach us, anyone.
 */
export class Door {
  readonly #acceptor: Acceptor
  readonly #hosts: Hosts | undefined

  constructor(
    security: Security,
    hosts: readonly string[] | undefined,
    log: Log,
    enter: (connection: Connection, trust: Trust) => void,
  ) {
    this.#hosts = hosts && new Hosts(hosts)
    void this.#hosts?.watch()
    const comeIn = (socket: Socket): void => {
      const isTrusted = this.#hosts?.has(socket.remoteAddress) ?? true
      enter(new Connection(socket), security.keys ? KEYLESS : isTrusted ? ANYONE : STRANGER)
    }
    this.#acceptor = new Acceptor(security, {
      plain: comeIn,
      client: comeIn,
      link: (socket) => {
        enter(new Connection(socket), ANYONE)
      },
      refused: (who, why) => {
        log.write({ kind: 'client', what: 'refused', who, why })
      },
    })
  }

  /** Takes in a socket that nobody has read from. */
  accept(socket: Socket): void {
    this.#acceptor.accept(socket)
  }

  /** Lets in nobody who is not in yet. */
  close(): void {
    this.#acceptor.close()
    this.#hosts?.stop()
  }
}
