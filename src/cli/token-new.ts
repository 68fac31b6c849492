import * as z from 'zod/mini'
import { parseRights } from '../net/token-rights.js'
import { formatTokenLine, isTokenName } from '../net/tokens-file.js'
import { hashToken, newToken } from '../net/tokens.js'
import { EXIT, UsageError } from './exit.js'
import { checkOptions } from './options.js'
import type { Streams } from './streams.js'

const tokenFlags = z.strictObject({ may: z.string() })

/**
 * `proxyherd token new NAME --may RIGHTS`: prints a new token on standard output, and its line for the tokens file of servers on standard error.
 * The secret is on standard output because scripts keep that to themselves, while standard error ends up in logs, which the line may. Nothing else
 * is printed, so both can be redirected to files. Returns the exit code.
 */
export async function tokenNew(
  name: string,
  rawOptions: unknown,
  { stdout, stderr }: Pick<Streams, 'stdout' | 'stderr'>,
): Promise<number> {
  if (!isTokenName(name))
    throw new UsageError(`"${name}" is not a name of 1 to 64 letters, digits, _, . or -`)
  const { may } = checkOptions(tokenFlags, rawOptions)
  const rights = parseRights(may)
  if (typeof rights === 'string') throw new UsageError(`--may: ${rights}`)
  const token = newToken()
  const error = await new Promise((resolve) => stdout.write(`${token}\n`, resolve))
  // The line of a token that nobody has is of no use.
  if (error) return EXIT.failed
  stderr.write(`${formatTokenLine(name, hashToken(token), may)}\n`)
  return EXIT.done
}
