import type { Command } from 'commander'
import type { Streams } from './streams.js'

/** A token is never an argument, which every user of the machine can see. */
const TOKEN_FILE = [
  '--token-file <file>',
  'show the token in this file (default: env PROXYHERD_TOKEN)',
] as const

/** Adds the subcommands with which clients use a herd. */
export function addClientCommands(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  addSend(proxyherd, streams, outcome)
  addForget(proxyherd, streams, outcome)
  addBench(proxyherd, streams, outcome)
}

function addSend(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  const send = proxyherd
    .command('send')
    .description('send commands to a server and print its replies')
    .argument('<server>', 'a server of the topology, or HOST:PORT')
    .argument('[commands...]', 'commands, each in quotes (default: standard input, one per line)')
  addAccessOptions(send)
    .option('--json', 'print each reply parsed, as one JSON object per line')
    .action(async (server: string, commands: string[], options: unknown) => {
      const { send } = await import('./send.js')
      outcome.code = await send(server, commands, options, streams)
    })
}

function addForget(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  const forget = proxyherd
    .command('forget')
    .description('make the herd forget a client: all that was reported of it, whatever the times')
    .argument('<client>', 'its ID')
    .option('--until <time>', 'only what was reported up to this time, in POSIX seconds such as 1621464827.9')
    .option(
      '--server <server>',
      'ask this server of the topology, or HOST:PORT (default: the first of the topology that answers)',
    )
  addAccessOptions(forget)
    .option('--json', 'print the reply parsed, as one JSON object')
    .action(async (client: string, options: unknown) => {
      const { forget } = await import('./forget.js')
      outcome.code = await forget(client, options, streams)
    })
}

function addAccessOptions(command: Command): Command {
  return command
    .option('--topology <file>', 'servers and links (default: ./topology.json, else the built-in one)')
    .option('--timeout <time>', 'how long to wait for a reply', '10s')
    .option('--tls', 'connect with TLS')
    .option(
      '--ca <file>',
      'PEM certificate of the authority that signed its own (default: those that Node trusts)',
    )
    .option(...TOKEN_FILE)
}

function addBench(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  proxyherd
    .command('bench')
    .description('measure a running herd under load, and check that all its servers agree')
    .argument('[servers...]', 'servers of the topology, or HOST:PORT (default: all of the topology)')
    .option('--topology <file>', 'servers and links (default: ./topology.json, else the built-in one)')
    .option('--seconds <time>', 'how long to measure', '10s')
    .option('--warm-up <time>', 'how long to run before measuring, after each client has reported once', '1s')
    .option('--clients <count>', 'how many clients report', '100000')
    .option('--connections <count>', 'connections that clients share, spread over the servers', '50')
    .option('--depth <count>', 'unanswered requests per connection at most (default: 16)')
    .option('--one-shot', 'send each request on a connection of its own, to servers that close after a reply')
    .option('--rate <count>', 'requests per second, answered or not (default: as fast as replies arrive)')
    .option('--whatsat <percent>', 'percentage of requests that are WHATSAT, for 0 places', '10')
    .option('--late <percent>', "percentage of reports that are older than their client's newest", '5')
    .option(
      '--tied <percent>',
      "percentage that have the time of their client's newest, but another position",
      '1',
    )
    .option('--seed <number>', 'seed of the random numbers', '1')
    .option('--timeout <time>', 'how long to wait for a reply, and for all servers to agree', '10s')
    .option(
      '--yes',
      'go on although the herd holds other clients or does not say; those of a benchmark stay in it',
    )
    .option(...TOKEN_FILE)
    .option('--json', 'print one JSON object')
    .addHelpText('after', BENCH_HELP)
    .action(async (servers: string[], options: unknown) => {
      const { bench } = await import('./bench.js')
      outcome.code = await bench(servers, options, streams)
    })
}

const BENCH_HELP = `
With --rate, latency counts from when a request was due, not from when it was sent, so that it is free
of coordinated omission. At the end every server is asked for each client (of more than 100,000, for an
evenly spread 100,000; with --one-shot 5,000) and must hold the newest report that any server received.
A server that fails during the run ends its share of it, and the run goes on.`
