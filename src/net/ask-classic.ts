import { readLine } from '../link/dialects.js'
import { normalReport } from '../link/normal-report.js'
import { toText } from '../protocol/bytes.js'
import type { Report } from '../protocol/report.js'
import { callClassic } from './classic-call.js'
import type { Address } from './dial.js'

/** What a classic server says of a client. `unanswered` also stands for an answer that cannot be read. */
export type ClassicAnswer =
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unanswered' }

/** The report is in the first line of an answer. Its places may have some 30 KiB. */
const MAX_ANSWER_BYTES = 64 * 1024

/** The answer that has not come. */
export const UNANSWERED: ClassicAnswer = { kind: 'unanswered' }

// Every answer names the server, and a skew is not compared.
const RECEIPT = { from: '', at: 0n }

/**
 * Asks a classic server for the report of a client, given in latin1, on a connection of its own. The server may look up a place for its
 * answer, since some refuse a question that wants none. Never rejects; resolves when the answer is known or `signal` is aborted.
 */
export function askClassic(address: Address, client: string, signal: AbortSignal): Promise<ClassicAnswer> {
  if (signal.aborted) return Promise.resolve(UNANSWERED)
  return new Promise((resolve) => {
    let text = ''
    const finish = (answer = readAnswer(text, client) ?? UNANSWERED): void => {
      call.destroy()
      signal.removeEventListener('abort', abort)
      resolve(answer)
    }
    const abort = (): void => {
      finish()
    }
    const call = callClassic(address, `WHATSAT ${client} 1 1\n`, {
      connected: () => undefined,
      halfClosed: () => undefined,
      received: (bytes) => {
        text += toText(bytes)
        const answer = readAnswer(text.slice(0, text.lastIndexOf('\n') + 1), client)
        if (answer || text.length > MAX_ANSWER_BYTES) finish(answer)
      },
      closed: () => {
        finish()
      },
    })
    signal.addEventListener('abort', abort)
  })
}

/** Reads the lines of an answer; undefined if none tells. */
function readAnswer(text: string, client: string): ClassicAnswer | undefined {
  for (const line of text.split('\n')) {
    if (line.startsWith('?')) return { kind: 'unknown' }
    const fields = readLine(line, [], () => false)?.fields
    if (fields?.client !== client) continue
    const command = normalReport(fields, RECEIPT)
    if (command.kind === 'at') return { kind: 'report', report: command.report }
  }
  return undefined
}
