import { parseText } from '../protocol/command.js'
import { compareReports } from '../protocol/merge.js'
import type { Report } from '../protocol/report.js'
import type { Reply } from '../protocol/replies.js'

/** What a server answered, or why it did not. */
export type ServerAnswer =
  | { readonly server: string; readonly reply: Reply; readonly fault?: undefined }
  | { readonly server: string; readonly reply?: undefined; readonly fault: string }

/** The answers of several servers to the same command. */
export interface Comparison {
  readonly answers: readonly ServerAnswer[]
  /** The answer with the newest report; without a report, the one that most servers gave; undefined if there is none. */
  readonly newest: Reply | undefined
  /** The servers with another report, another answer, or none. */
  readonly differing: readonly string[]
  /** The servers with that report, but other places. */
  readonly otherPlaces: readonly string[]
}

/** Finds the newest answer, and those that differ from it. */
export function compareAnswers(answers: readonly ServerAnswer[]): Comparison {
  const replies = answers.flatMap(({ reply }) => (reply ? [reply] : []))
  const newest = newestOf(replies) ?? mostFrequent(replies)
  const differing = answers.filter(({ reply }) => !reply || !newest || keyOf(reply) !== keyOf(newest))
  const same = answers.filter((answer) => !differing.includes(answer))
  const otherPlaces = same.filter(({ reply }) => reply?.text !== newest?.text)
  return {
    answers,
    newest,
    differing: differing.map(({ server }) => server),
    otherPlaces: otherPlaces.map(({ server }) => server),
  }
}

/** The line of a reply that has a report, and otherwise its text. */
function keyOf(reply: Reply): string {
  return 'line' in reply ? reply.line : reply.text.trimEnd()
}

function newestOf(replies: readonly Reply[]): Reply | undefined {
  let newest: { reply: Reply; report: Report } | undefined
  for (const reply of replies) {
    // Of the clients near a point, no answer is newer than another.
    const parsed = parseText(keyOf(reply))
    if (reply.kind === 'near' || parsed.kind !== 'at') continue
    if (!newest || compareReports(parsed.report, newest.report) > 0) newest = { reply, report: parsed.report }
  }
  return newest?.reply
}

function mostFrequent(replies: readonly Reply[]): Reply | undefined {
  const counts = new Map<string, number>()
  for (const reply of replies) counts.set(keyOf(reply), (counts.get(keyOf(reply)) ?? 0) + 1)
  const most = Math.max(...counts.values())
  return replies.find((reply) => counts.get(keyOf(reply)) === most)
}
