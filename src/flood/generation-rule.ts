import { ByteWriter } from '../protocol/bytes.js'
import type { Report } from '../protocol/report.js'
import { isLaterThan, plainStatement, writeLater, type Statement } from '../protocol/statement.js'

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
  return writeLater(later, report, generation)
}
