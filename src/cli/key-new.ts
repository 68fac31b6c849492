import { newHerdKey } from '../net/herd-key.js'
import { EXIT } from './exit.js'
import { hint, type Streams } from './streams.js'

/** `proxyherd key new`: prints the text of a file with a new herd key. Returns the exit code. */
export async function keyNew({ stdout, stderr }: Pick<Streams, 'stdout' | 'stderr'>): Promise<number> {
  const error = await new Promise((resolve) => stdout.write(newHerdKey(), resolve))
  if (!error) hint('keep it in a file that only you can read: "chmod 600 herd.key"', { stderr })
  return EXIT.done
}
