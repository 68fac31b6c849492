import { setTimeout as sleep } from 'node:timers/promises'
import {
  HerdConvergence,
  type CheckResult,
  type ConvergenceCheck,
  type HerdConvergenceOptions,
} from '../../src/load/convergence-check.js'
import type { Target } from '../../src/load/load-connection.js'
import { Peer } from '../fixtures/peer.js'

const PAUSE_MS = 2

/**
 * Checks servers that agree on the last put, whatever its time. They have converged when all have a put that came after all others; then the
 * keys are counted that do not hold the newest report.
 */
export class KvConvergence implements ConvergenceCheck {
  readonly #peers: readonly Promise<Peer>[]
  readonly #timeoutMs: number
  readonly #newest: HerdConvergence
  #probes = 0
  #wrong: number | undefined

  constructor(targets: readonly Target[], options: HerdConvergenceOptions) {
    this.#timeoutMs = options.timeoutMs
    this.#peers = targets.map(({ address }) => Peer.connect(address.port))
    // It is not probed, so that it does not wait for a wrong answer to become right.
    this.#newest = new HerdConvergence(targets, options)
  }

  /** How many keys did not hold the newest report at the last check. */
  get wrongKeys(): number {
    return (this.#wrong ?? NaN) / this.#peers.length
  }

  async probe(): Promise<number> {
    const [first, ...others] = await Promise.all(this.#peers)
    this.#probes += 1
    const report = `probe +00.000000+000.000000 ${Date.now()}.${this.#probes}`
    const deadline = performance.now() + this.#timeoutMs
    first?.write(`IAMAT ${report}\n`)
    await first?.read()
    const arrived = async (peer: Peer): Promise<void> => {
      while (!(await lineAt(peer)).endsWith(`${report}\n`)) {
        if (performance.now() > deadline) throw new Error('a watcher does not catch up')
        await sleep(PAUSE_MS)
      }
    }
    await Promise.all([first, ...others].map((peer) => arrived(peer as Peer)))
    return performance.now()
  }

  async check(): Promise<CheckResult> {
    const result = await this.#newest.check()
    this.#wrong = result.wrong
    // Wrong keys are its result, not a failure.
    return { ...result, wrong: 0, settledAt: undefined }
  }

  get progress(): number {
    return this.#newest.progress
  }

  close(): void {
    this.#newest.close()
    for (const peer of this.#peers)
      peer.then(
        (connected) => {
          connected.destroy()
        },
        () => undefined,
      )
  }
}

async function lineAt(peer: Peer): Promise<string> {
  peer.write('WHATSAT probe 0 0\n')
  const line = await peer.read()
  if (line.startsWith('AT ')) await peer.read('\n\n')
  return line
}
