import type { BenchProgress } from '../load/bench.js'
import { wantsSpinner, type Streams } from './streams.js'

/** More often than this, the eye sees no difference. */
const REDRAW_MS = 100

/** Shows progress as a bar on a terminal until stopped; shows nothing elsewhere. */
export async function startProgressBar(
  progress: () => BenchProgress,
  { stderr, env }: Streams,
): Promise<{ stop: () => void }> {
  if (!wantsSpinner(stderr, env)) return { stop: () => undefined }
  const { SingleBar } = await import('cli-progress')
  const bar = new SingleBar({
    format: '{stage} {bar} {percentage}%',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    stream: stderr,
    clearOnComplete: true,
    // The caller stops the bar, and the program handles signals itself.
    gracefulExit: false,
  })
  const show = (): void => {
    const { stage, done } = progress()
    bar.update(done, { stage: stage.padEnd('warming up'.length) })
  }
  bar.start(1, 0, { stage: progress().stage })
  const timer = setInterval(show, REDRAW_MS)
  return {
    stop: () => {
      clearInterval(timer)
      bar.stop()
    },
  }
}
