import type { Command } from 'commander'
import type { Streams } from './streams.js'

const TOKEN_HELP = `
RIGHTS are separated by commas: report:PATTERN and read:PATTERN for the clients whose IDs match, where * stands for
any characters; status for the state of servers; forget for forgetting clients; control for controlling servers.

The token is printed on standard output, once, for those who use it. Its line for the file of "serve --tokens" is
printed on standard error: proxyherd token new phones --may "report:*" > phones.token 2>> tokens`

/** Adds the subcommands that make secrets. */
export function addSecrets(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  const key = proxyherd.command('key').description('make a key for a herd')
  key
    .command('new')
    .description('print a new herd key, for a file that all servers of the herd get')
    .action(async () => {
      const { keyNew } = await import('./key-new.js')
      outcome.code = await keyNew(streams)
    })
  const token = proxyherd.command('token').description('make a token for clients')
  token
    .command('new')
    .description('print a new token, and its line for the tokens file of servers')
    .argument('<name>', 'who uses it; in logs')
    .requiredOption('--may <rights>', 'what it allows, such as "report:truck-*,read:truck-*"')
    .addHelpText('after', TOKEN_HELP)
    .action(async (name: string, options: unknown) => {
      const { tokenNew } = await import('./token-new.js')
      outcome.code = await tokenNew(name, options, streams)
    })
}
