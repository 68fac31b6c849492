import { Option, type Command } from 'commander'
import type { Streams } from './streams.js'

const CHECK_HELP = `
A fault keeps the herd from working: servers that never hear of others, or a host that is none.
With a warning it works, but is fragile (a server or a link without which others are cut off), slow, or
likely not what was meant. Ends with 1 if there are faults; with --strict, also if there are warnings.`

const STATUS_HELP = `
In sync means that all servers asked have answered, and that their digests are equal: the digest is of all
that a server knows. While reports travel they differ for moments, so servers are asked again for up to 1 s.
Ends with 1 if they are not in sync, or were not when last asked.`

/** Adds the subcommands that look at a herd and run none. */
export function addHerdLooks(herd: Command, streams: Streams, outcome: { code: number }): void {
  addStatus(herd, streams, outcome)
  addCheck(herd, streams, outcome)
}

function addStatus(herd: Command, streams: Streams, outcome: { code: number }): void {
  herd
    .command('status')
    .description('ask running servers how they and their links stand, and whether they are in sync')
    .argument('[servers...]', 'servers of the topology (default: all)')
    .option(
      '--topology <file>',
      'the servers and their links (default: topology.json here, else the one that ships)',
    )
    .option('--timeout <seconds>', 'how long to wait for an answer', '3')
    .addOption(
      new Option('--watch [seconds]', 'ask again and again until Ctrl-C, by default every 2 s').preset('2'),
    )
    .option(
      '--herd-key <file>',
      'ask as servers do that have this key, in TLS; a herd with a key tells nobody else',
    )
    .option('--tls', 'talk TLS to servers that have no herd key')
    .option(
      '--ca <file>',
      'a certificate, in PEM, that vouches for the servers (default: those that Node trusts)',
    )
    .option('--json', 'print one JSON object; with --watch, one a line')
    .addHelpText('after', STATUS_HELP)
    .action(async (names: string[], options: unknown) => {
      const { herdStatus } = await import('./herd-status.js')
      outcome.code = await herdStatus(names, options, streams)
    })
}

function addCheck(herd: Command, streams: Streams, outcome: { code: number }): void {
  herd
    .command('check')
    .description('say whether a topology is connected, what it does not survive, and what else looks wrong')
    .option(
      '--topology <file>',
      'the servers and their links (default: topology.json here, else the one that ships)',
    )
    .option('--strict', 'end with 1 also if there are only warnings')
    .option('--json', 'print what was found as one JSON object')
    .addHelpText('after', CHECK_HELP)
    .action(async (options: unknown) => {
      const { herdCheck } = await import('./herd-check.js')
      outcome.code = await herdCheck(options, streams)
    })
}
