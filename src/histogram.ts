/** How many values fell into each of some ranges. Adding one costs some nanoseconds, so it may count what is done for each report. */
export class Histogram {
  /** The upper ends of the ranges, ascending. A last range has no end. */
  readonly bounds: readonly number[]
  /** How many values fell into each range. */
  readonly counts: number[]
  /** The sum of all values. */
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  /** How many values were added. */
  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0)
  }

  /** Adds a value, which must not be negative. */
  add(value: number): void {
    let range = 0
    while (value > (this.bounds[range] as number)) range += 1
    ;(this.counts[range] as number) += 1
    this.sum += value
  }
}
