import { processStreams, type RunningProcess } from './process-streams.js'

/** Runs the program in a process, and sets its exit code. */
export async function run(process: RunningProcess): Promise<void> {
  // Before anything else is loaded, because until then most signals kill the process.
  const streams = processStreams(process)
  const { main } = await import('./main.js')
  process.exitCode = await main(process.argv.slice(2), streams)
}
