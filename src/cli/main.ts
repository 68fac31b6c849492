import { Command, CommanderError, Option } from 'commander'
import { addClientCommands } from './client-commands.js'
import { EXIT, UsageError } from './exit.js'
import { addHerdQueries } from './herd-commands.js'
import { printError } from './print-error.js'
import { addSecrets } from './secret-commands.js'
import type { Streams } from './streams.js'
import { version } from './version.js'

/**
 * Runs the program with the arguments after its name and returns its exit code. Subcommands are loaded only when called, so that
 * `--version` and `send` do not load what a server needs.
 */
export async function main(argv: readonly string[], streams: Streams): Promise<number> {
  const outcome: { code: number } = { code: EXIT.done }
  try {
    await program(streams, outcome).parseAsync(argv, { from: 'user' })
    return outcome.code
  } catch (error) {
    // Commander has printed its message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    printError(error, streams)
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
  addEngine(proxyherd, streams, outcome)
  addClientCommands(proxyherd, streams, outcome)
  addLogs(proxyherd, streams, outcome)
  addSecrets(proxyherd, streams, outcome)
  return proxyherd
}

/** A SIGHUP that arrives before servers have read their files has nothing to reload. */
const IGNORE_EARLY_RELOAD = (): void => undefined

function addServe(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  const serve = proxyherd
    .command('serve')
    .description('run one server in the foreground')
    .argument('<server>', 'a server of the topology, such as Clark')
  addEngineOptions(addServerOptions(serve), 'also exchange reports over NATS JetStream').action(
    async (name: string, options: unknown) => {
      streams.keepRunning(IGNORE_EARLY_RELOAD)
      await checkLimits()
      const { serve } = await import('./serve.js')
      outcome.code = await serve(name, options, streams)
    },
  )
}

/** Throws a PersonError if the process may not have enough files open. Loading the modules of a server would fail then. */
async function checkLimits(): Promise<void> {
  const { checkOpenFiles, openFileLimit } = await import('./open-files.js')
  checkOpenFiles(await openFileLimit())
}

function addHerd(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  const herd = proxyherd.command('herd').description('run a herd of servers, or inspect one')
  const up = herd
    .command('up')
    .description('run all servers, or the named ones, in one process, each on its own port')
    .argument('[servers...]', 'servers of the topology (default: all)')
  addServerOptions(up).action(async (names: string[], options: unknown) => {
    streams.keepRunning(IGNORE_EARLY_RELOAD)
    await checkLimits()
    const { herdUp } = await import('./herd-up.js')
    outcome.code = await herdUp(names, options, streams)
  })
  addHerdQueries(herd, streams, outcome)
}

function addEngine(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  const engine = proxyherd.command('engine').description('maintain the engine of a herd')
  const forget = engine
    .command('forget')
    .description('remove from the engine what a server has published that is gone')
    .argument('<server>', 'its name, whether or not it is in the topology')
  addEngineOptions(forget, 'the engine')
    .option('--topology <file>', 'the name of the herd (default: ./topology.json, else the built-in one)')
    .addHelpText('after', FORGET_HELP)
    .action(async (server: string, options: unknown) => {
      const { engineForget } = await import('./engine-forget.js')
      outcome.code = await engineForget(server, options, streams)
    })
}

const FORGET_HELP = `
Another server must be linked to the engine: it publishes again what the engine lacks then, so no report is lost. A
server that still runs with --engine also publishes its own reports again.`

function addLogs(proxyherd: Command, streams: Streams, outcome: { code: number }): void {
  proxyherd
    .command('logs')
    .description('show the logs of servers, merged by time')
    .argument('[servers...]', 'servers that have a log (default: all)')
    .addOption(stateOption())
    .option('-f, --follow', 'keep printing as logs grow and new ones appear, until Ctrl-C')
    .option('-n, --tail <count>', 'only the last lines')
    .option('--since <time>', 'only lines since then: 90s, 1h30m, 2d or 1w ago, or an ISO 8601 date or time')
    .option('--until <time>', 'only lines until then')
    .option('--grep <pattern>', 'only lines that match this regular expression, in any field')
    .option('-i, --ignore-case', 'let --grep match upper and lower case alike')
    .option('--sync', 'also STATUS and what neighbours send to compare and repair their tables')
    .option('--utc', 'show and read times in UTC, not in local time')
    .option('--color <when>', 'always, never or auto: on a terminal', 'auto')
    .option('--json', 'print the log lines as they are, one JSON object each')
    .action(async (servers: string[], options: unknown) => {
      const { logs } = await import('./logs.js')
      outcome.code = await logs(servers, options, streams)
    })
}

function addServerOptions(command: Command): Command {
  return addReportLimits(addPlacesOptions(addHttpOptions(addSecurityOptions(command))))
    .option('--topology <file>', 'servers and links (default: ./topology.json, else the built-in one)')
    .addOption(stateOption())
    .addOption(
      new Option(
        '--log <what>',
        'what to log: wire (every line in and out), clients (without the lines of links), or links (only links and faults)',
      )
        .choices(['wire', 'clients', 'links'])
        .default('wire'),
    )
    .addOption(
      new Option('--log-to <where>', 'files in the state folder, or standard output, as containers want it')
        .choices(['files', 'stdout'])
        .default('files'),
    )
    .option('--no-store', 'keep reports in memory only')
    .addOption(
      new Option(
        '--durability <when>',
        'when a report is on disk: within a second, or committed before its client is answered',
      )
        .choices(['second', 'commit'])
        .default('second'),
    )
}

/** Which reports are refused or dropped. */
function addReportLimits(command: Command): Command {
  return command
    .option(
      '--max-future <time>',
      "how far a client's time may be ahead of the server's clock; 0 turns the limit off",
      '24h',
    )
    .option(
      '--expire <time>',
      'drop reports that are older, by their own times; at least 1m (default: keep all reports)',
    )
    .option(
      '--max-memory <size>',
      'memory for reports, such as 512MiB or 2G, beyond which new clients are refused (default: an eighth of the memory of this machine)',
    )
}

function addHttpOptions(command: Command): Command {
  return command
    .option('--http <address>', 'HTTP at [HOST:]PORT, or off (default: the port in the topology)')
    .option(
      '--http-origin <url>',
      'let the pages of this web site use HTTP, such as https://map.example; can be repeated',
      (url: string, others?: readonly string[]) => [...(others ?? []), url],
    )
}

function addPlacesOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--places <service>',
        'where to look up places (default: google if there is a key, else embedded)',
      ).choices(['embedded', 'google', 'google-new', 'osm']),
    )
    .option('--places-url <url>', 'URL of the places service, instead of its usual one')
    .option('--places-key-file <file>', 'file with the API key (default: env GOOGLE_PLACES_API_KEY)')
    .option(
      '--places-per-minute <count>',
      'how often to ask the places service in a minute, at most; 0 turns the limit off',
      '600',
    )
}

function addSecurityOptions(command: Command): Command {
  return command
    .option('--tokens <file>', 'ask clients for tokens of this file, on every port; see "token new"')
    .option('--insecure-tokens', 'also take tokens from other machines over connections without TLS')
    .option('--herd-key <file>', 'link only with servers that have this key, in TLS; see "key new"')
    .option('--tls-cert <file>', 'let clients use TLS with this certificate in PEM')
    .option('--tls-key <file>', 'the private key of --tls-cert')
    .option(
      '--tls-only',
      'refuse connections without TLS; needs --herd-key if neighbours are in other processes',
    )
}

function addEngineOptions(command: Command, what: string): Command {
  return command
    .option('--engine <url>', `${what}, such as nats://HOST:PORT,HOST:PORT, or tls://… for TLS`)
    .option('--engine-credentials <file>', 'NATS credentials, or one line USER:PASSWORD')
    .option('--engine-ca <file>', 'the certificate in PEM that the certificate of the engine is signed with')
    .option('--engine-domain <name>', 'the JetStream domain of the engine, if the URL names leaf nodes')
}

function stateOption(): Option {
  return new Option('--state <dir>', 'folder for logs and reports')
    .default('.proxyherd')
    .env('PROXYHERD_STATE')
}
