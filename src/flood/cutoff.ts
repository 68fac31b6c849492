/** A step of the cutoff is this part of the time for which reports are kept: few enough drops, and reports stay hardly longer. */
const STEPS = 64

/** The time before which reports have expired. It moves in steps, so that servers whose clocks differ a little mostly have the same. */
export interface Cutoff {
  /** Seconds since 1970; 0 if nothing expires. */
  readonly cutoff: number
  /** Whole seconds; 0 if nothing expires. */
  readonly step: number
}

/** Of a server that keeps all reports. */
export const NO_CUTOFF: Cutoff = { cutoff: 0, step: 0 }

/** The cutoff at a time, in seconds since 1970, for reports that are kept for `expireSeconds`. */
export function cutoffAt(nowSeconds: number, expireSeconds: number): Cutoff {
  const step = Math.max(1, Math.floor(expireSeconds / STEPS))
  return { cutoff: Math.max(0, Math.floor((nowSeconds - expireSeconds) / step) * step), step }
}

/** Whether two cutoffs differ by more than the larger step, or just one of the servers keeps all reports. */
export function areFarApart(a: Cutoff, b: Cutoff): boolean {
  if ((a.step === 0) !== (b.step === 0)) return true
  return Math.abs(a.cutoff - b.cutoff) > Math.max(a.step, b.step)
}
