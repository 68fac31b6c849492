import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** How many commands are written at once. */
const COMMANDS = 1_000

const REPLY_END = '\n\n'

/** Asks for twenty places within 50 km of a client as fast as the server takes commands, and reads all replies. */
export class Flooder {
  /** The number of replies so far; one whose end was cut by the network may be missing. */
  replies = 0
  readonly #socket: Socket

  private constructor(socket: Socket, client: string) {
    this.#socket = socket
    const commands = `WHATSAT ${client} 50 20\n`.repeat(COMMANDS)
    const send = (): void => {
      while (socket.writable && socket.write(commands));
    }
    socket.on('drain', send).on('error', () => undefined)
    socket.on('data', (bytes) => {
      for (let at = bytes.indexOf(REPLY_END); at !== -1; at = bytes.indexOf(REPLY_END, at + 2))
        this.replies += 1
    })
    send()
  }

  static async start(port: number, client: string): Promise<Flooder> {
    const socket = connect({ port, host: '127.0.0.1' })
    await once(socket, 'connect')
    return new Flooder(socket, client)
  }

  stop(): void {
    this.#socket.destroy()
  }
}
