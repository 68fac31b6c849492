import { Option, type Command } from 'commander'
import type { Streams } from './streams.js'

const CHECK_HELP = `
A fault keeps the herd from working: servers that no link connects, or an invalid host. With warnings
the herd works, but is fragile (a single server or link whose failure cuts others off), slow, or likely not
as intended. The exit code is 1 if there are faults; with --strict, also if there are warnings.`

const STATUS_HELP = `
In sync means that all servers have answered, that their digests are equal, and that the engine works if there
is one. A digest covers all reports of a server. While reports are in flight digests differ briefly, so servers are asked again for up to 1 s.
Servers of other programs have no digest. With --sample, their answers about some clients are compared with the
reports of a proxyherd server. The exit code is 1 if the servers were not in sync when last asked, or if one of
another program has answered otherwise; with --wait, if a server was not up, or not linked to all its neighbours and its engine.`

const ASK_HELP = `
Every server of a herd should hold the same newest report of a client. An answer that differs from the newest,
a refusal or no answer is marked with "!"; the exit code is then 1. Other places alone are named, not marked.`

/** Adds the subcommands of `herd` that run no servers. */
export function addHerdQueries(herd: Command, streams: Streams, outcome: { code: number }): void {
  addStatus(herd, streams, outcome)
  addCheck(herd, streams, outcome)
  addAsk(herd, streams, outcome)
}

function addAsk(herd: Command, streams: Streams, outcome: { code: number }): void {
  herd
    .command('ask')
    .description('ask every server the same, and mark what differs; for servers of any program')
    .argument('<command>', 'a command in quotes, such as "WHATSAT kiwi 10 1"')
    .argument('[servers...]', 'servers of the topology (default: all)')
    .option('--topology <file>', 'servers and links (default: ./topology.json, else the built-in one)')
    .option('--timeout <time>', 'how long to wait for an answer', '10s')
    .option('--token-file <file>', 'show the token in this file (default: env PROXYHERD_TOKEN)')
    .option('--tls', 'connect with TLS')
    .option(
      '--ca <file>',
      'PEM certificate of the authority that signed theirs (default: those that Node trusts)',
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', ASK_HELP)
    .action(async (command: string, names: string[], options: unknown) => {
      const { herdAsk } = await import('./herd-ask.js')
      outcome.code = await herdAsk(command, names, options, streams)
    })
}

function addStatus(herd: Command, streams: Streams, outcome: { code: number }): void {
  herd
    .command('status')
    .description('show the state of running servers and their links, and whether they are in sync')
    .argument('[servers...]', 'servers of the topology (default: all)')
    .option('--topology <file>', 'servers and links (default: ./topology.json, else the built-in one)')
    .option('--timeout <time>', 'how long to wait for an answer', '3s')
    .addOption(new Option('--watch [time]', 'ask repeatedly until Ctrl-C, every 2 s by default').preset('2s'))
    .option('--wait <time>', 'return when all servers are up and linked, or after this time, such as 5s')
    .option(
      '--herd-key <file>',
      'authenticate with this herd key, in TLS; a herd with a key answers nobody else',
    )
    .option(
      '--token-file <file>',
      'show the token in this file (default: env PROXYHERD_TOKEN), in place of a herd key',
    )
    .option('--tls', 'use TLS with servers that have no herd key')
    .option(
      '--ca <file>',
      'PEM certificate of the authority that signed theirs (default: those that Node trusts)',
    )
    .option(
      '--sample <clients>',
      'ask servers of other programs where so many clients are; each question may cost them a place look-up',
    )
    .option('--json', 'print one JSON object; with --watch, one per line')
    .addHelpText('after', STATUS_HELP)
    .action(async (names: string[], options: unknown) => {
      const { herdStatus } = await import('./herd-status.js')
      outcome.code = await herdStatus(names, options, streams)
    })
}

function addCheck(herd: Command, streams: Streams, outcome: { code: number }): void {
  herd
    .command('check')
    .description('check a topology: is it connected, which failures split it, what else looks wrong')
    .option('--topology <file>', 'servers and links (default: ./topology.json, else the built-in one)')
    .option('--strict', 'exit with 1 also if there are only warnings')
    .option('--json', 'print the findings as one JSON object')
    .addHelpText('after', CHECK_HELP)
    .action(async (options: unknown) => {
      const { herdCheck } = await import('./herd-check.js')
      outcome.code = await herdCheck(options, streams)
    })
}
