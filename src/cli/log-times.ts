/** Converts the times of log entries, which are in UTC, to dates and times of day for people. */
export class LogTimes {
  readonly #utc: boolean
  // Successive times mostly fall in the same second.
  #second = ''
  #date = ''
  #timeOfDay = ''

  /** `utc` keeps them in UTC. Otherwise they become local. */
  constructor(utc: boolean) {
    this.#utc = utc
  }

  /** Splits a time such as `2026-10-05T20:32:03.123456Z` into `2026-10-05` and `20:32:03.123456`. */
  split(time: string): { date: string; timeOfDay: string } {
    const second = time.slice(0, '2026-10-05T20:32:03'.length)
    if (second !== this.#second) this.#convert(second)
    return { date: this.#date, timeOfDay: this.#timeOfDay + time.slice(second.length, -'Z'.length) }
  }

  #convert(second: string): void {
    const at = new Date(`${second}Z`)
    // As if local time were UTC.
    const shown = new Date(this.#utc ? at : localAsUtc(at)).toISOString()
    this.#second = second
    this.#date = shown.slice(0, '2026-10-05'.length)
    this.#timeOfDay = shown.slice('2026-10-05T'.length, '2026-10-05T20:32:03'.length)
  }
}

function localAsUtc(at: Date): number {
  return Date.UTC(
    at.getFullYear(),
    at.getMonth(),
    at.getDate(),
    at.getHours(),
    at.getMinutes(),
    at.getSeconds(),
  )
}
