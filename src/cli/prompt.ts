import { createInterface } from 'node:readline/promises'
import type { Client } from '../net/client.js'
import type { Streams } from './streams.js'
import { toWireText } from './wire-text.js'

/** Sends commands typed at a prompt, with line editing and history, until Ctrl-D or Ctrl-C. Waits for each reply before the next prompt. */
export async function runPrompt(
  server: string,
  client: Client,
  { stdin, stdout, stderr }: Streams,
): Promise<void> {
  stderr.write(
    `connected to ${server}: type IAMAT client +lat-lon time, or WHATSAT client radius items; Ctrl-D ends\n`,
  )
  const prompt = createInterface({ input: stdin, output: stdout, terminal: true, prompt: `${server}> ` })
  const closed = new AbortController()
  prompt.once('close', () => {
    closed.abort()
  })
  prompt.prompt()
  for await (const line of prompt) {
    await client.send(toWireText(line))
    await client.answered()
    // Ctrl-D may have come during the wait for the reply.
    if (!closed.signal.aborted) prompt.prompt()
  }
  await client.end()
}
