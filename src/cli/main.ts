import { inspect } from 'node:util'
import { Command, CommanderError, Option } from 'commander'
import { escapeControlsInLines } from '../log/escape-text.js'
import { PersonError } from '../person-error.js'
import { EXIT, UsageError } from './exit.js'
import { addHerdLooks } from './herd-commands.js'
import { hint, note, type Streams } from './streams.js'
import { version } from './version.js'

/**
 * Runs the program with the arguments after its name and gives its exit code. Subcommands are loaded only when called, so that
 * `--version` and `send` do not pay for what a server needs.
 */
export async function main(argv: readonly string[], streams: Streams): Promise<number> {
  const outcome: { code: number } = { code: EXIT.done }
  try {
    await program(streams, outcome).parseAsync(argv, { from: 'user' })
    return outcome.code
  } catch (error) {
    // Commander has told the person already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    tell(error, streams)
    return error instanceof UsageError ? EXIT.usage : EXIT.failed
  }
}

function program(streams: Streams, outcome: { code: number }): Command {
  const proxyherd = new Command('proxyherd')
    .description('A herd of servers that always know where every client was last seen.')
    .version(version(), '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'proxyherd: '))
      },
    })
    .showHelpAfterError('proxyherd: hint: see "proxyherd --help"')
  addServe(proxyherd, streams, outcome)
  addHerd(proxyherd, streams, outcome)
  addSend(proxyherd, streams, outcome)
  addLogs(proxyherd, streams, outcome)
  addBench(proxyherd, streams, outcome)
  addKey(proxyherd, streams, outcome)
  return proxyherd
}

/** A SIGHUP that comes before servers have read their files has nothing to reload. */
const READS_FILES_ANYWAY = (): void => undefined

function addServe(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  const serve = proxyherd
    .command('serve')
    .description('run one server in the foreground')
    .argument('<server>', 'a server of the topology, such as Clark')
  addServerOptions(serve).action(async (name: string, options: unknown) => {
    streams.keepRunning(READS_FILES_ANYWAY)
    const { serve } = await import('./serve.js')
    outcome.code = await serve(name, options, streams)
  })
}

function addHerd(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  const herd = proxyherd.command('herd').description('run a herd of servers, or see how one is')
  const up = herd
    .command('up')
    .description('run all servers, or those named, in one process, each on its own port')
    .argument('[servers...]', 'servers of the topology (default: all)')
  addServerOptions(up).action(async (names: string[], options: unknown) => {
    streams.keepRunning(READS_FILES_ANYWAY)
    const { herdUp } = await import('./herd-up.js')
    outcome.code = await herdUp(names, options, streams)
  })
  addHerdLooks(herd, streams, outcome)
}

function addSend(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  proxyherd
    .command('send')
    .description('send commands to a server and print its replies')
    .argument('<server>', 'a server of the topology, or HOST:PORT')
    .argument('[commands...]', 'commands, each in quotes (default: standard input, a command a line)')
    .option(
      '--topology <file>',
      'the servers and their links (default: topology.json here, else the one that ships)',
    )
    .option('--timeout <seconds>', 'how long to wait for a reply', '10')
    .option('--tls', 'talk TLS to the server')
    .option(
      '--ca <file>',
      'a certificate, in PEM, that vouches for the server (default: those that Node trusts)',
    )
    .option('--json', 'print each reply parsed, one JSON object a line')
    .action(async (server: string, commands: string[], options: unknown) => {
      const { send } = await import('./send.js')
      outcome.code = await send(server, commands, options, streams)
    })
}

function addLogs(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  proxyherd
    .command('logs')
    .description('show the logs of servers, merged by time')
    .argument('[servers...]', 'servers that have a log (default: all)')
    .addOption(stateOption())
    .option('-f, --follow', 'go on as the logs grow, until Ctrl-C')
    .option('--since <time>', 'from then on: 30s, 10m, 2h or 1d ago, or an ISO 8601 time')
    .option('--grep <pattern>', 'only lines that match this regular expression')
    .option('--json', 'print the lines as they are logged, one JSON object each')
    .action(async (servers: string[], options: unknown) => {
      const { logs } = await import('./logs.js')
      outcome.code = await logs(servers, options, streams)
    })
}

function addBench(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  proxyherd
    .command('bench')
    .description('measure a running herd under load, and check that all its servers agree')
    .argument('[servers...]', 'servers of the topology, or HOST:PORT (default: all of the topology)')
    .option(
      '--topology <file>',
      'the servers and their links (default: topology.json here, else the one that ships)',
    )
    .option('--seconds <seconds>', 'how long to measure', '10')
    .option('--warm-up <seconds>', 'how long to go on before, once each client has reported', '1')
    .option('--clients <count>', 'how many clients move', '100000')
    .option('--connections <count>', 'how many connections they share, spread over the servers', '50')
    .option('--depth <count>', 'how many requests of a connection may be unanswered', '16')
    .option('--rate <count>', 'requests a second, answered or not (default: as many as are answered)')
    .option('--whatsat <percent>', 'how many requests ask where a client is, and for no places', '10')
    .option('--late <percent>', "how many reports are older than their client's newest", '5')
    .option('--tied <percent>', "how many have the time of their client's newest, but another position", '1')
    .option('--seed <number>', 'another one makes other clients', '1')
    .option('--timeout <seconds>', 'how long to wait for an answer, and for all servers to agree', '10')
    .option('--json', 'print one JSON object')
    .addHelpText('after', BENCH_HELP)
    .action(async (servers: string[], options: unknown) => {
      const { bench } = await import('./bench.js')
      outcome.code = await bench(servers, options, streams)
    })
}

const BENCH_HELP = `
With --rate, an answer is late as of when its request was due, whenever it was sent: latencies are
free of coordinated omission. At the end every server is asked where each client is (of more than
100,000, an even share of them), and must hold the newest of what was told to any of them.`

function addKey(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  const key = proxyherd.command('key').description('make keys for a herd')
  key
    .command('new')
    .description('print a new herd key, for a file that all servers of a herd are given')
    .action(async () => {
      const { keyNew } = await import('./key.js')
      outcome.code = await keyNew(streams)
    })
}

function addServerOptions(command: Command): Command {
  return addSecurityOptions(command)
    .option(
      '--topology <file>',
      'the servers and their links (default: topology.json here, else the one that ships)',
    )
    .addOption(stateOption())
    .addOption(
      new Option(
        '--log <what>',
        'what to log: every line in and out, without lines of neighbours, or links and faults only',
      )
        .choices(['wire', 'clients', 'links'])
        .default('wire'),
    )
    .addOption(
      new Option(
        '--places <service>',
        'where to look up what is near (default: google if there is a key, else embedded)',
      ).choices(['embedded', 'google', 'google-new', 'osm']),
    )
    .option('--places-url <url>', 'ask the service at this URL instead of its own')
    .option('--places-key-file <file>', 'a file that holds the API key (default: env GOOGLE_PLACES_API_KEY)')
    .option('--no-store', 'keep reports in memory only')
    .addOption(
      new Option(
        '--durability <when>',
        'when a report is safe on disk: within a second, or by a commit before its client is answered',
      )
        .choices(['second', 'commit'])
        .default('second'),
    )
    .option(
      '--max-future <seconds>',
      "how far a client's time may be ahead of the server's; 0 for any",
      '86400',
    )
}

function addSecurityOptions(command: Command): Command {
  return command
    .option('--herd-key <file>', 'link only with servers that have this key, in TLS; see "key new"')
    .option('--tls-cert <file>', 'let clients use TLS, with this certificate in PEM, and')
    .option('--tls-key <file>', 'its private key')
}

function stateOption(): Option {
  return new Option('--state <dir>', 'where logs and reports are kept')
    .default('.proxyherd')
    .env('PROXYHERD_STATE')
}

function tell(error: unknown, streams: Streams): void {
  if (error instanceof PersonError) {
    note(error.message, streams)
    if (error.hint !== undefined) hint(error.hint, streams)
    return
  }
  note(`something went wrong inside: ${String(error)}`, streams)
  hint('this is a fault of proxyherd; PROXYHERD_DEBUG=1 shows where it is', streams)
  if (streams.env['PROXYHERD_DEBUG']) streams.stderr.write(`${escapeControlsInLines(inspect(error))}\n`)
}
