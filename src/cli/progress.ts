import type { Progress } from '../load/bench.js'
import { wantsColour, type Streams } from './streams.js'

/** As often as an eye follows a bar. */
const REDRAW_MS = 100

/** Shows how far something has got in a bar on a terminal, until stopped; nothing elsewhere. */
export async function startProgress(
  progress: () => Progress,
  { stderr, env }: Streams,
): Promise<{ stop: () => void }> {
  if (!wantsColour(stderr, env)) return { stop: () => undefined }
  const { SingleBar } = await import('cli-progress')
  const bar = new SingleBar({
    format: '{stage} {bar} {percentage}%',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    stream: stderr,
    clearOnComplete: true,
    // It is ours to end what is shown, and the program's to end on a signal.
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
