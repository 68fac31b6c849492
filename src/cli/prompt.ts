import { createInterface } from 'node:readline/promises'
import type { Client } from '../net/client.js'
import type { Streams } from './streams.js'
import { toWire } from './wire-text.js'

/** Commands typed at a prompt, with line editing and history, until Ctrl-D or Ctrl-C. Each is answered before the next is asked for. */
export async function converse(
  server: string,
  client: Client,
  { stdin, stdout, stderr }: Streams,
): Promise<void> {
  stderr.write(
    `talking to ${server}: IAMAT client +lat-lon time, or WHATSAT client radius items; Ctrl-D ends\n`,
  )
  const prompt = createInterface({ input: stdin, output: stdout, terminal: true, prompt: `${server}> ` })
  const closed = new AbortController()
  prompt.once('close', () => {
    closed.abort()
  })
  prompt.prompt()
  for await (const line of prompt) {
    await client.send(toWire(line))
    await client.answered()
    // Ctrl-D may have come while the answer was waited for.
    if (!closed.signal.aborted) prompt.prompt()
  }
  await client.end()
}
