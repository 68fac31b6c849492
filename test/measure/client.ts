import { Peer } from '../fixtures/peer.js'

/** A client of one server, over a direct connection. */
export class Client {
  readonly #peer: Peer

  private constructor(peer: Peer) {
    this.#peer = peer
    peer.socket.setNoDelay(true)
  }

  static async connect(port: number): Promise<Client> {
    return new Client(await Peer.connect(port))
  }

  /** Reports clients with the current time. Resolves when all reports are acknowledged. */
  async report(clients: readonly string[]): Promise<void> {
    const time = (Date.now() / 1_000).toFixed(3)
    this.#peer.write(clients.map((client) => `IAMAT ${client} +34.068930-118.445127 ${time}\n`).join(''))
    for (const client of clients) {
      const reply = await this.#peer.read()
      if (!reply.startsWith('AT ')) throw new Error(`the reply to IAMAT ${client} is ${reply}`)
    }
  }

  /** Whether the server has a report of a client. */
  async knows(client: string): Promise<boolean> {
    this.#peer.write(`WHATSAT ${client} 0 0\n`)
    const line = await this.#peer.read()
    if (line.startsWith('? ')) return false
    await this.#peer.read('\n\n')
    return true
  }

  close(): void {
    this.#peer.destroy()
  }
}
