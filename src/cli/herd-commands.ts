import type { Command } from 'commander'
import type { Streams } from './streams.js'

const CHECK_HELP = `
A fault keeps the herd from working: servers that never hear of others, or a host that is none.
With a warning it works, but is fragile (a server or a link without which others are cut off), slow, or
likely not what was meant. Ends with 1 if there are faults; with --strict, also if there are warnings.`

/** Adds what looks at a herd and does not run it. */
export function addHerdLooks(herd: Command, streams: Streams, outcome: { code: number }): void {
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
