import { ByteWriter } from '../protocol/bytes.js'
import type { Report } from '../protocol/report.js'
import {
  FORGET,
  isLaterThan,
  LATER_REPORT,
  plainStatement,
  writeLater,
  type Statement,
} from '../protocol/statement.js'

/**
 * What generation an `AT` line is of: 0, as it says; that which is held of its client, for a report that has just come from the client; or that
 * only if it is later, for one that has come from a server that knows no generations.
 */
export type GenerationRule = 'first' | 'held' | 'heldIfLater'

// One for all, since what is written is used at once.
const later = new ByteWriter()

/** A report as a statement of the generation that a rule gives it. `held` is what is known of its client, if anything is. */
export function inGeneration(report: Report, held: Statement | undefined, rule: GenerationRule): Statement {
  const generation = rule === 'first' ? 0 : (held?.generation ?? 0)
  if (generation === 0 || (rule === 'heldIfLater' && !isLaterThan(report, generation)))
    return plainStatement(report)
  later.length = 0
  return writeLater(later, report, LATER_REPORT, generation)
}

/**
 * A statement as one of a later generation, which is that of what is held of its client. For a statement of a neighbour that has dropped, as expired,
 * what is held: the statement is later than that, or it would have expired there too, but the neighbour cannot know the generation any more.
 */
export function raisedTo(statement: Statement, generation: number): Statement {
  later.length = 0
  return writeLater(later, statement, statement.kind === FORGET ? FORGET : LATER_REPORT, generation)
}
