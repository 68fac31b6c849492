import prettyBytes from 'pretty-bytes'
import { formatCount } from '../topology/format-list.js'

/** Less than this is loaded before anybody could read a message about it. */
const QUIET_BYTES = 16 * 1024 * 1024

/** Reports the loading of a server's reports. */
interface LoadProgress {
  /** The files have so many bytes. */
  readonly started: (bytes: number) => void
  /** The server has so many reports now. */
  readonly ended: (reports: number) => void
}

/** Says through `note` what is loaded if that takes some time, and how long it took. */
export function loadProgress(note: (words: string) => void): LoadProgress {
  let startedAt: number | undefined
  return {
    started: (bytes) => {
      if (bytes < QUIET_BYTES) return
      startedAt = performance.now()
      note(`loading ${prettyBytes(bytes)} of reports`)
    },
    ended: (reports) => {
      if (startedAt === undefined) return
      const seconds = (performance.now() - startedAt) / 1_000
      note(`loaded ${formatCount(reports, 'report')} in ${seconds.toFixed(1)} s`)
    },
  }
}
