import { setTimeout } from 'node:timers/promises'
import type { Address } from '../net/dial.js'
import {
  StatusProbe,
  type AnyServerStatus,
  type StatusAnswer,
  type StatusProbeOptions,
} from '../net/status-probe.js'
import { syncGroups } from '../net/sync-groups.js'
import type { HerdSample } from './sample-classics.js'

/**
 * While reports are in flight, digests read a moment apart differ although nothing is wrong. So servers whose digests differ are asked again for
 * this long: servers may take that long to be equal after a link has returned, and a report travels far less.
 */
export const SETTLE_MS = 1_000

/** The pause before servers are asked again. */
const SETTLE_PAUSE_MS = 25

/** A server and its answer. */
export interface ProbedServer {
  readonly name: string
  readonly address: Address
  readonly answer: StatusAnswer
}

/** The answers of servers at one moment. */
export interface ProbeResult {
  /** By the clock of this machine. */
  readonly time: Date
  readonly servers: readonly ProbedServer[]
  /** How many times servers were asked until they were in sync or the time was up. */
  readonly rounds: number
  /** The comparison with servers of other programs, if it is wanted and there are any. */
  readonly sample?: HerdSample | undefined
}

type ServerToProbe = Omit<ProbedServer, 'answer'> & {
  readonly inquiry: StatusProbe
  readonly answer?: StatusAnswer
}

/** Asks several servers for their status at the same time, over connections that it keeps open. */
export class HerdProbe {
  readonly #servers: readonly ServerToProbe[]

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

  /**
   * Asks until the servers that answer are in sync, for at most `settleMs`, and waits `timeoutMs` for an answer instead of the usual time.
   * Never rejects.
   */
  async probe(settleMs: number = SETTLE_MS, timeoutMs?: number): Promise<ProbeResult> {
    let servers = await askAll(this.#servers, timeoutMs)
    const until = performance.now() + settleMs
    let rounds = 1
    while (syncGroups(statusesOf(servers)).length > 1 && performance.now() < until) {
      await setTimeout(SETTLE_PAUSE_MS)
      servers = await askAll(servers, timeoutMs)
      rounds += 1
    }
    return { time: new Date(), servers, rounds }
  }

  /** Closes all connections, which ends a probe in progress. */
  close(): void {
    for (const { inquiry } of this.#servers) inquiry.close()
  }
}

/** The statuses of the servers that have answered. */
export function statusesOf(servers: readonly ProbedServer[]): AnyServerStatus[] {
  return servers.flatMap(({ answer }) => (answer.kind === 'status' ? [answer.status] : []))
}

async function askAll(
  servers: readonly ServerToProbe[],
  timeoutMs: number | undefined,
): Promise<(ServerToProbe & ProbedServer)[]> {
  const asked = servers.map(async (server) => {
    // A server that has failed in this probe is not asked again.
    const answer = server.answer?.kind === 'failed' ? server.answer : await server.inquiry.ask({ timeoutMs })
    return { ...server, answer }
  })
  return Promise.all(asked)
}
