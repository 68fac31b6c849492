import { Chalk } from 'chalk'
import { decodeWireText } from '../log/describe-entry.js'
import { toExcerpt } from '../log/escape-text.js'
import { formatCount, formatList } from '../topology/format-list.js'
import type { Comparison, ServerAnswer } from './compare-answers.js'
import { formatReplyJson } from './format-reply.js'
import { formatTable } from './format-table.js'

/** The answers of servers as a table, with a mark before those that differ, and a line that sums them up. */
export function formatAnswers(comparison: Comparison, isColoured: boolean): string {
  const colours = new Chalk({ level: isColoured ? 1 : 0 })
  const { answers, differing, otherPlaces } = comparison
  const rows = answers.map((answer) => {
    const isSame = !differing.includes(answer.server)
    const row = [
      isSame ? '' : '!',
      answer.server,
      `${firstLine(answer)}${otherPlaces.includes(answer.server) ? ' (other places)' : ''}`,
    ]
    return isSame ? row : row.map((cell) => colours.red(cell))
  })
  const verdict = verdictOf(comparison)
  return `${formatTable(['', 'Server', 'Answer'], rows)}\n\n${differing.length === 0 ? colours.green(verdict) : colours.red(verdict)}\n`
}

/** The same as one JSON object. */
export function formatAnswersJson(comparison: Comparison): string {
  const { differing, otherPlaces } = comparison
  const answers = comparison.answers.map(({ server, reply, fault }) => ({
    server,
    isNewest: !differing.includes(server),
    hasOtherPlaces: otherPlaces.includes(server),
    ...(reply && reply.kind !== 'blank'
      ? { reply: JSON.parse(formatReplyJson(reply)) as unknown }
      : { fault }),
  }))
  return JSON.stringify({ verdict: verdictOf(comparison), answers })
}

function firstLine({ reply, fault }: ServerAnswer): string {
  if (!reply) return toExcerpt(fault)
  if (reply.kind === 'near' && reply.lines.length === 0) return 'no client'
  const [first = ''] = reply.text.trim().split('\n')
  const more = reply.kind === 'near' ? reply.lines.length - 1 : 0
  return `${toExcerpt(decodeWireText(first))}${more === 0 ? '' : ` (and ${more} more)`}`
}

function verdictOf({ answers, newest, differing, otherPlaces }: Comparison): string {
  const places = otherPlaces.length === 0 ? '' : `; other places from ${formatList(otherPlaces)}`
  const what = newest && 'line' in newest ? 'report' : 'answer'
  if (differing.length === 0) return `the same ${what} from ${formatCount(answers.length, 'server')}${places}`
  const same = answers.length - differing.length
  const which = what === 'report' ? 'newest report' : 'same answer'
  return `the ${which} from ${same} of ${formatCount(answers.length, 'server')}; not from ${formatList(differing)}${places}`
}
