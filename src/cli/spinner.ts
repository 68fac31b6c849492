import { wantsSpinner, type Streams } from './streams.js'

/** Shows a spinner on a terminal until stopped; shows nothing elsewhere. */
export async function startSpinner(server: string, { stderr, env }: Streams): Promise<{ stop: () => void }> {
  if (!wantsSpinner(stderr, env)) return { stop: () => undefined }
  const { default: ora } = await import('ora')
  return ora({ text: `waiting for ${server}`, stream: stderr, discardStdin: false }).start()
}
