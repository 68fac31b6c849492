import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import type { Client } from '../net/client.js'
import type { Streams } from './streams.js'
import { toWireText } from './wire-text.js'

/**
 * Sends commands typed at a prompt, with line editing and history, until Ctrl-D or Ctrl-C. Waits for each reply before the next prompt. Once
 * `signal` is aborted, standard input is no longer read, which would keep the program running.
 */
export async function runPrompt(
  server: string,
  client: Client,
  sendLine: (line: string) => Promise<void>,
  { stdin, stdout, stderr, signal }: Pick<Streams, 'stdin' | 'stdout' | 'stderr' | 'signal'>,
): Promise<void> {
  await client.connected()
  stderr.write(
    `connected to ${server}: type IAMAT client +lat-lon time, WHATSAT client radius items, NEAR +lat-lon radius items, or WATCH client; Ctrl-D ends\n`,
  )
  // Standard output may be a file, which gets the replies and nothing else.
  const output = stdout.isTTY ? stdout : stderr
  const terminal = output.isTTY === true
  const prompt = createInterface({
    input: stdin,
    output,
    terminal,
    prompt: terminal ? `${server}> ` : '',
    signal,
  })
  const closed = new AbortController()
  prompt.once('close', () => {
    closed.abort()
    // What follows, such as the prompt of a shell, begins on a line of its own.
    if (terminal) output.write('\n')
  })
  // What is watched has no end of its own.
  const ended = once(closed.signal, 'abort')
  prompt.prompt()
  for await (const line of prompt) {
    await sendLine(toWireText(line))
    await Promise.race([client.answered(), ended])
    // Ctrl-D may have come during the wait for the reply.
    if (!closed.signal.aborted) prompt.prompt()
  }
  if (!client.isStreaming) await client.end()
}
