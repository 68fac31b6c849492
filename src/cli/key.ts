import { newHerdKey } from '../net/herd-key.js'
import { EXIT } from './exit.js'
import { hint, type Streams } from './streams.js'

/** `proxyherd key new`: prints a new herd key, to be kept in a file. Gives the exit code. */
export async function keyNew({ stdout, stderr }: Pick<Streams, 'stdout' | 'stderr'>): Promise<number> {
  const error = await new Promise((resolve) => stdout.write(newHerdKey(), resolve))
  if (!error) hint('keep it in a file that only you can read: "chmod 600 herd.key"', { stderr })
  return EXIT.done
}
