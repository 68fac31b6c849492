import pLimit from 'p-limit'
import { openLog, streamLog, type Log, type LogOptions } from '../log/log.js'
import type { Security } from '../net/acceptor.js'
import { isLoopback } from '../net/loopback.js'
import { Places } from '../places/places.js'
import { systemClock, type Clock } from '../server/clock.js'
import { Herd, type ServerParts } from '../server/herd.js'
import type { LinkNews } from '../server/server-options.js'
import { topologyFaults } from '../topology/check-topology.js'
import { addressOf, isLocal, listenAddressOf, type Topology } from '../topology/topology.js'
import { unknownKeyFindings } from '../topology/unknown-keys.js'
import type { WebApiParts } from '../web/web-api.js'
import { authorizationOf } from './authorization.js'
import { readCredentials } from './credentials.js'
import { connectionLimits, openFileLimit } from './open-files.js'
import { readEngine } from './engine.js'
import { httpOpener } from './http-opener.js'
import type { ServerFlags } from './options.js'
import { loadProgress } from './load-progress.js'
import { lockLog } from './log-lock.js'
import { defaultMaxMemory } from './memory-size.js'
import { makeStatePrivate, PRIVATE_UMASK } from './private-state.js'
import { reload, type Reloadable } from './reload.js'
import { dataFolder, logPath } from './state-paths.js'
import { StartLeftovers } from './start-leftovers.js'
import { hint, note, UncaughtError, type Streams } from './streams.js'
import { version } from './version.js'

/** What is reported while servers run. */
interface HerdEvents {
  readonly onLink: (news: LinkNews) => void
  /** Prints a line on standard output. */
  readonly print: (text: string) => void
}

/**
 * Starts the named servers of a topology with the options of `serve` and `herd up`, and reloads their credentials on SIGHUP. If it throws
 * a PersonError, no server runs. Returns undefined if the program is asked to end before all have started.
 */
export async function startHerd(
  topology: Topology,
  names: readonly string[],
  options: ServerFlags,
  streams: Streams,
  { onLink, print }: HerdEvents,
): Promise<Herd | undefined> {
  // One reload at a time, and none before the start is done.
  const turns = pLimit(1)
  const started = turns(() => start(topology, names, options, streams, onLink))
  const reloadStarted = (): Promise<void> =>
    started.then(
      (running) => reload(running, streams, print),
      // The caller handles a start that fails.
      () => undefined,
    )
  streams.keepRunning(() => {
    // A reload that is still waiting will read the same files.
    if (turns.pendingCount === 0) void turns(reloadStarted)
  })
  try {
    return (await started).herd
  } catch (error) {
    if (streams.signal.aborted) return undefined
    throw error
  }
}

async function start(
  topology: Topology,
  names: readonly string[],
  options: ServerFlags,
  streams: Streams,
  onLink: (news: LinkNews) => void,
): Promise<Reloadable> {
  await keepPrivate(options.state, streams)
  const credentials = await readCredentials({ topology, names }, options, streams.env)
  const { security, provider, tokens, reloadable, warnings } = credentials
  const engine = await readEngine(options, topology.name, security.keys)
  for (const warning of [...warnings, ...(engine?.warnings ?? [])]) note(warning, streams)
  noteFaults(topology, engine !== undefined, streams)
  for (const name of names) warnIfOpen(name, topology, security, streams)
  const servers = { topology, names, security }
  const access = { security, authorization: authorizationOf(tokens, servers, options, streams) }
  const slots = connectionLimits(await openFileLimit(), names.length, streams)
  // One clock for all servers: two could differ by up to a millisecond, and merged logs would show a report received before it was sent.
  const clock = systemClock()
  const logs: Log[] = []
  // One for all servers, because a service counts the requests of an address or a key.
  const places = new Places(provider, { perMinute: options.placesPerMinute })
  logUncaughtError(streams, logs)
  const leftovers = new StartLeftovers(options.state, names)
  const started: { herd?: Herd } = {}
  const openHttp = httpOpener(servers, options, httpParts(topology, access, started), streams)
  try {
    const herd = await Herd.startAll(topology, names, async (server) => {
      const parts = await partsOf(server, options, places, clock, streams)
      logs.push(parts.log)
      const listenHttp = openHttp({ server, onFault: parts.onFault })
      return { ...parts, ...access, slots, onLink, engine: engine?.open, listenHttp }
    })
    started.herd = herd
    return { herd, credentials: [...reloadable, ...(engine?.reloadable ?? [])], logs }
  } catch (error) {
    await leftovers.remove()
    throw error
  }
}

/** How HTTP requests for the state of the herd are answered. */
function httpParts(
  topology: Topology,
  { security: { keys }, authorization }: Pick<ServerParts, 'authorization'> & { readonly security: Security },
  started: { readonly herd?: Herd },
): WebApiParts {
  const names = [...topology.servers.keys()]
  return {
    version: version(),
    access: { keys },
    authorization,
    addresses: () => new Map(names.map((name) => [name, started.herd?.addressOf(name)])),
  }
}

function noteFaults(topology: Topology, hasEngine: boolean, streams: Streams): void {
  // An engine connects groups that no link does.
  const faults = topologyFaults(topology).filter(({ kind }) => kind !== 'split' || !hasEngine)
  for (const { words } of [...faults, ...unknownKeyFindings(topology)])
    note(`${topology.file}: ${words}`, streams)
}

/** Logs an error that nothing has caught, which ends the program. */
function logUncaughtError({ signal }: Streams, logs: readonly Log[]): void {
  signal.addEventListener('abort', () => {
    const { reason } = signal as { readonly reason: unknown }
    if (!(reason instanceof UncaughtError)) return
    for (const log of logs) log.write({ kind: 'server', what: 'fault', why: reason.message })
  })
}

/** Makes the state of the servers private: what they create from now on, and what exists already. */
async function keepPrivate(state: string, streams: Streams): Promise<void> {
  process.umask(PRIVATE_UMASK)
  const changed = await makeStatePrivate(state)
  if (changed > 0)
    note(`files and folders in ${state} that other users could read, now private: ${changed}`, streams)
}

function warnIfOpen(name: string, topology: Topology, { keys }: Security, streams: Streams): void {
  if (keys || isLocal(topology, name)) return
  const listen = listenAddressOf(topology, name).host
  const where = isLoopback(listen)
    ? `is reached at ${addressOf(topology, name).host}`
    : `listens on ${listen}`
  note(
    `${name} ${where} without a herd key: any process on a neighbour's host, or on a host that can take its address, can forge reports`,
    streams,
  )
  hint('make a key with "proxyherd key new" and give it to all servers with --herd-key', streams)
}

async function partsOf(
  server: string,
  { state, log: level, logTo, store, durability, maxMemory = defaultMaxMemory(), ...limits }: ServerFlags,
  places: Places,
  clock: Clock,
  streams: Streams,
): Promise<Omit<ServerParts, 'onLink' | 'security' | 'slots'>> {
  const warn = (words: string): void => {
    note(`${server}: ${words}`, streams)
  }
  const log =
    logTo === 'stdout'
      ? streamLog({ server, clock, level }, streams.stdout)
      : await openFileLog({ path: logPath(state, server), server, clock, level, onFault: warn })
  const report = (what: 'fault' | 'recovered', why: string): void => {
    warn(why)
    log.write({ kind: 'server', what, why })
  }
  return {
    log,
    places,
    clock,
    version: version(),
    random: Math.random,
    maxFutureSeconds: limits.maxFuture,
    expireSeconds: limits.expire,
    maxMemoryBytes: maxMemory,
    onFault: report.bind(undefined, 'fault'),
    openStore: store ? storeOpener(server, { state, durability }, { warn, report }, streams) : undefined,
    commitsFirst: durability === 'commit',
  }
}

/** Opens the log of a server, and warns if another process writes to it. A lock on the data folder is no help: that one may have no store. */
async function openFileLog(options: LogOptions): Promise<Log> {
  const { path, onFault } = options
  let unlock: (() => Promise<void>) | undefined = undefined
  const log = await openLog({ ...options, onClosed: async () => unlock?.() })
  unlock = await lockLog(path, () => {
    onFault(`another process also logs to ${path}`)
  })
  return log
}

interface StoreReports {
  readonly warn: (words: string) => void
  readonly report: (what: 'fault' | 'recovered', words: string) => void
}

/** Returns what opens the store of a server; `warn` prints a message, and `report` logs it too. */
function storeOpener(
  server: string,
  { state, durability }: Pick<ServerFlags, 'state' | 'durability'>,
  { warn, report }: StoreReports,
  { signal }: Streams,
): ServerParts['openStore'] {
  return async (reports) => {
    const { openStore } = await import('../store/store.js')
    const progress = loadProgress(warn)
    const store = await openStore({
      folder: dataFolder(state, server),
      server,
      reports,
      onFault: (words) => {
        report('fault', words)
      },
      onRecovery: (words) => {
        report('recovered', words)
      },
      onStart: progress.started,
      signal,
      // An acknowledged report must be on disk at once, also at the other servers.
      ...(durability === 'commit' && { deferMs: 0 }),
    })
    progress.ended(reports.size)
    return store
  }
}
