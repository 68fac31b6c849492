import { setTimeout } from 'node:timers/promises'
import type { Address } from '../net/dial.js'
import {
  StatusProbe,
  type AnyServerStatus,
  type StatusAnswer,
  type StatusProbeOptions,
} from '../net/status-probe.js'

/**
 * While reports travel, digests that are read a moment apart differ though nothing is wrong. So servers whose digests differ are asked again for
 * this long: it is what they may take to be equal after a link's return, and far longer than a report travels.
 */
export const SETTLE_MS = 1_000

/** How long servers are left in peace before they are asked again. */
export const SETTLE_PAUSE_MS = 25

/** A server and what it has answered. */
export interface Asked {
  readonly name: string
  readonly address: Address
  readonly answer: StatusAnswer
}

/** What servers have answered at one moment. */
export interface Look {
  /** By the clock here. */
  readonly time: Date
  readonly servers: readonly Asked[]
  /** How many times those that answer were asked, until their digests were equal or the time was up. */
  readonly rounds: number
}

type Askable = Omit<Asked, 'answer'> & { readonly inquiry: StatusProbe; readonly answer?: StatusAnswer }

/** Asks servers how they stand, all at once, over connections that it keeps. */
export class Onlooker {
  readonly #servers: readonly Askable[]

  constructor(
    servers: ReadonlyMap<string, Address>,
    options: Omit<StatusProbeOptions, 'server' | 'address'>,
  ) {
    this.#servers = [...servers].map(([name, address]) => ({
      name,
      address,
      inquiry: new StatusProbe({ ...options, server: name, address }),
    }))
  }

  /** Asks until those that answer are in sync, at most for the time that they may take to be. Never rejects. */
  async look(settleMs: number = SETTLE_MS): Promise<Look> {
    let servers = await askAll(this.#servers)
    const until = performance.now() + settleMs
    let rounds = 1
    while (digestsIn(servers) > 1 && performance.now() < until) {
      await setTimeout(SETTLE_PAUSE_MS)
      servers = await askAll(servers)
      rounds += 1
    }
    return { time: new Date(), servers, rounds }
  }

  /** Closes all connections, and so ends a look that is under way. */
  close(): void {
    for (const { inquiry } of this.#servers) inquiry.close()
  }
}

/** How the servers stand that have answered. */
export function statusesOf(servers: readonly Asked[]): AnyServerStatus[] {
  return servers.flatMap(({ answer }) => (answer.kind === 'status' ? [answer.status] : []))
}

async function askAll(servers: readonly Askable[]): Promise<(Askable & Asked)[]> {
  const asked = servers.map(async (server) => {
    // One that has failed once in this look is not waited for again.
    const answer = server.answer?.kind === 'failed' ? server.answer : await server.inquiry.ask()
    return { ...server, answer }
  })
  return Promise.all(asked)
}

function digestsIn(servers: readonly Asked[]): number {
  return new Set(statusesOf(servers).map(({ digest }) => digest)).size
}
