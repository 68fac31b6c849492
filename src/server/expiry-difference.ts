import type { Cutoff } from '../flood/cutoff.js'

/** Says how the cutoff of a neighbour differs from ours. */
export function expiryDifference(neighbour: string, theirs: Cutoff, ours: Cutoff): string {
  if (theirs.step === 0) return `${neighbour} keeps reports that expire here: it has no --expire`
  if (ours.step === 0) return `reports expire at ${neighbour} that are kept here, without --expire`
  const seconds = Math.abs(theirs.cutoff - ours.cutoff)
  const when = theirs.cutoff > ours.cutoff ? 'sooner' : 'later'
  return `reports expire ${seconds} s ${when} at ${neighbour} than here: its clock or its --expire differs`
}
