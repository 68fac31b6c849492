import { setTimeout } from 'node:timers/promises'
import { isRoundedCopy } from '../link/rounded-copy.js'
import { PACE_MS, SLOTS } from '../link/sender-limits.js'
import { askClassic, UNANSWERED, type ClassicAnswer } from '../net/ask-classic.js'
import { Client } from '../net/client.js'
import type { Address } from '../net/dial.js'
import { StatusProbe, type StatusProbeOptions } from '../net/status-probe.js'
import type { PersonError } from '../person-error.js'
import { toText } from '../protocol/bytes.js'
import { parseText } from '../protocol/command.js'
import { compareReports } from '../protocol/merge.js'
import { clientOf, type Report } from '../protocol/report.js'
import { SETTLE_MS, type ProbedServer, type ProbeResult } from './herd-probe.js'
import { classicsAmong } from './sync-verdict.js'

type Verdict = 'equal' | 'older' | 'newer' | Exclude<ClassicAnswer['kind'], 'report'>

/** A server of another program, and how many of its reports are equal to those of a proxyherd server, older and so on. */
export type SampledServer = Readonly<Record<Verdict, number>> & { readonly name: string }

/** The comparison of servers of other programs with the proxyherd server `source`, by the reports of some clients. */
export type HerdSample =
  | {
      readonly kind: 'compared'
      readonly source: string
      readonly clients: number
      readonly servers: readonly SampledServer[]
    }
  | { readonly kind: 'failed'; readonly why: string }

export interface SampleOptions {
  readonly count: number
  /** How to connect to proxyherd servers. */
  readonly access: Omit<StatusProbeOptions, 'server' | 'address'>
  readonly signal: AbortSignal
}

/** Reports, by the ID of their client. */
type Reports = ReadonlyMap<string, Report>

/**
 * How often a server is asked for one client. A report that has not arrived, or has arrived in the meantime, is no fault, so a server whose
 * answer differs is asked again when things may have settled.
 */
const MAX_QUESTIONS = 2

/** Asks the servers of other programs in a probe result for the reports of at most `count` clients, and compares their answers. Never rejects. */
export async function sampleClassics(result: ProbeResult, options: SampleOptions): Promise<HerdSample> {
  const classics = classicsAmong(result)
  let why = 'no server names clients to compare'
  for (const { name, address, answer } of result.servers) {
    if (answer.kind === 'failed') continue
    const source = { ...options.access, server: name, address }
    const named = await namedBy(source, options.count)
    if (typeof named === 'string') {
      why = named
      continue
    }
    const servers = result.servers.filter((server) => classics.includes(server.name))
    const sampled = servers.map((server) => sampleServer(server, source, named, options.signal))
    return Promise.all(sampled).then(
      (servers) => ({ kind: 'compared', source: name, clients: named.size, servers }),
      (error: unknown) => ({ kind: 'failed', why: (error as PersonError).message }),
    )
  }
  return { kind: 'failed', why }
}

/** The reports of the clients that a server names, or why it does not. */
async function namedBy(source: StatusProbeOptions, count: number): Promise<Reports | string> {
  const probe = new StatusProbe(source)
  const answer = await probe.ask({ sample: count })
  probe.close()
  return answer.kind === 'failed' ? answer.why : reportsIn(answer.status.sample ?? [])
}

async function sampleServer(
  { name, address }: ProbedServer,
  source: StatusProbeOptions,
  named: Reports,
  signal: AbortSignal,
): Promise<SampledServer> {
  const counts = { equal: 0, older: 0, newer: 0, unknown: 0, unanswered: 0 }
  let held = named
  for (let question = 1; held.size > 0; question += 1) {
    const answers = await askForAll([...held.keys()], address, { signal, timeoutMs: source.timeoutMs })
    const now = await reportsOf(source, [...held.keys()])
    const open = new Map<string, Report>()
    for (const [client, before] of held) {
      const after = now.get(client) ?? before
      const verdict = verdictOn(answers.get(client) ?? UNANSWERED, before, after)
      const isSettled = verdict === 'equal' || verdict === 'unanswered'
      if (isSettled || question === MAX_QUESTIONS) counts[verdict] += 1
      else open.set(client, after)
    }
    held = open
    if (held.size > 0) await pause(SETTLE_MS, signal)
  }
  return { name, ...counts }
}

/** `before` and `after` are the reports that the client had before the question and after the answer. */
function verdictOn(answer: ClassicAnswer, before: Report, after: Report): Verdict {
  if (answer.kind !== 'report') return answer.kind
  const { report } = answer
  if (isRoundedCopy(report, before) || isRoundedCopy(report, after)) return 'equal'
  if (compareReports(report, before) < 0) return 'older'
  return compareReports(report, after) < 0 ? 'equal' : 'newer'
}

/** Asks as gently as reports are sent. A server that leaves as many questions unanswered as it is asked at once is asked no more. */
async function askForAll(
  clients: string[],
  address: Address,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<ReadonlyMap<string, ClassicAnswer>> {
  const answers = new Map<string, ClassicAnswer>()
  let unanswered = 0
  const askInTurn = async (): Promise<void> => {
    for (;;) {
      const client = unanswered < SLOTS ? clients.shift() : undefined
      if (client === undefined) return
      const answer = await askClassic(
        address,
        client,
        AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      )
      answers.set(client, answer)
      if (answer.kind === 'unanswered') unanswered += 1
      if (clients.length > 0) await pause(SLOTS * PACE_MS, signal)
    }
  }
  await Promise.all(Array.from({ length: SLOTS }, askInTurn))
  return answers
}

/** The reports that a proxyherd server has of some clients. Rejects with a PersonError if it does not answer. */
async function reportsOf(source: StatusProbeOptions, clients: readonly string[]): Promise<Reports> {
  const lines: string[] = []
  const client = new Client({
    ...source,
    onReplies: (replies) => {
      for (const reply of replies) if ('line' in reply) lines.push(reply.line)
    },
  })
  // No places are wanted, so none are looked up.
  for (const id of clients) await client.send(`WHATSAT ${id} 1 0`)
  await client.end()
  return reportsIn(lines)
}

function reportsIn(lines: readonly string[]): Reports {
  const reports = new Map<string, Report>()
  for (const line of lines) {
    const command = parseText(line)
    if (command.kind === 'at') reports.set(toText(clientOf(command.report)), command.report)
  }
  return reports
}

/** Ends early when the signal is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // A signal of its own: Node warns of a leak when many pauses listen to the same one.
  await setTimeout(ms, undefined, { signal: AbortSignal.any([signal]) }).catch(() => undefined)
}
