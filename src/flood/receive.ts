import type { Report } from '../protocol/report.js'
import type { Statement } from '../protocol/statement.js'
import type { GenerationRule } from './generation-rule.js'
import type { Neighbour } from './neighbour.js'
import type { PassingEnd } from './passing.js'
import type { Change } from './change.js'

/** Merges a report or a statement, and decides how the reports of its origin travel. Returns whether it is news. */
export function receive(
  { replica, trees, expiry }: PassingEnd,
  report: Report | Statement,
  { sender, count, generation }: Omit<Change, 'route'>,
): boolean {
  const branch = sender?.branch
  const route = trees.receive(report, branch, count)
  const isTooOld = expiry.refuses(report, generation)
  const isNews = isTooOld
    ? replica.raise(report)
    : replica.merge(report, { route, sender, count, generation })
  if (!branch) return isNews
  if (typeof route === 'object') trees.updateParent(route, branch, isNews)
  else if (!isNews && !isTooOld) trees.receiveDuplicate(report, branch)
  return isNews
}

/** What generation the `AT` lines of a neighbour are of, or those of a server that is not linked. */
export function ruleOf(neighbour: Neighbour | undefined): GenerationRule {
  return neighbour?.knowsForgets === true ? 'first' : 'heldIfLater'
}
