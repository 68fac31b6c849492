import { wantsColour, type Streams } from './streams.js'

/** Shows a spinner on a terminal until stopped; nothing elsewhere. */
export async function startWaiting(server: string, { stderr, env }: Streams): Promise<{ stop: () => void }> {
  if (!wantsColour(stderr, env)) return { stop: () => undefined }
  const { default: ora } = await import('ora')
  return ora({ text: `asking ${server}`, stream: stderr, discardStdin: false }).start()
}
