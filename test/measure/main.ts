import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { JITTER, STALL_EVERY_MS, STALL_MS } from '../fixtures/slow-link.js'
import { arrival } from './arrival.js'
import { catchUp, stalls } from './catch-up.js'
import { emptyStart } from './empty-start.js'
import { engine } from './engine.js'
import { engineSubjects } from './engine-subjects.js'
import { idle } from './idle.js'
import { links } from './links.js'
import { load } from './load.js'
import { lookUps } from './look-ups.js'
import { metrics } from './metrics.js'
import { near } from './near.js'
import { relay } from './relay.js'
import { restart } from './restart.js'
import { asMarkdown, asText, type Section } from './results.js'
import { scale } from './scale.js'
import { start } from './start.js'
import { DELAYS_MS, ENGINE_CLIENTS, IDLE_SECONDS, type Settings } from './settings.js'

/** The measurements, by their names on the command line. */
const SECTIONS: Readonly<Record<string, Section<Settings>>> = {
  links,
  idle,
  load,
  arrival,
  restart,
  start,
  'empty-start': emptyStart,
  'look-ups': lookUps,
  near,
  metrics,
  'catch-up': catchUp,
  stalls,
  engine,
  'engine-subjects': engineSubjects,
  relay,
  scale,
}

/** Draws a seed that is easy to type. */
const MAX_SEED = 1_000_000

const USAGE = `npm run measure -- [options] [section]…

measures two servers that reach each other over slow links only, and some that do not, and simulates large herds; exits with 1 when a
target is missed
  section         ${Object.keys(SECTIONS).join(', ')} (default: all)
  --delay MS      one way; may be repeated (default: ${DELAYS_MS.join(', ')})
  --key           only with a herd key
  --no-key        only without a herd key
  --idle SECONDS  how long to count lost links without a report (default: ${IDLE_SECONDS})
  --clients N     in an engine (default: ${ENGINE_CLIENTS})
  --seed NUMBER   of jitter and stalls (default: random)
  --markdown      prints the results as Markdown
`

const NOTE = `- Delays are one way, in both directions. Jitter adds 0 to ${100 * JITTER} %. Targets count the longest delay, ${100 + 100 * JITTER} %, as one delay.
- A connection stalls for ${STALL_MS / 1_000} s about every ${STALL_EVERY_MS / 1_000} s in each direction in "idle" and "load", and never when a time is measured.`

const { values: flags, positionals: names } = parsed()
const fault = faultIn()

if (flags.help || fault !== undefined) {
  process.stderr.write(fault === undefined ? USAGE : `${fault}\n${USAGE}`)
  process.exitCode = flags.help ? 0 : 2
} else {
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143))
  await measure()
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      allowNegative: true,
      options: {
        delay: { type: 'string', multiple: true, default: DELAYS_MS.map(String) },
        key: { type: 'boolean' },
        idle: { type: 'string', default: String(IDLE_SECONDS) },
        clients: { type: 'string', default: String(ENGINE_CLIENTS) },
        seed: { type: 'string', default: String(randomInt(MAX_SEED)) },
        markdown: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`)
    process.exit(2)
  }
}

function faultIn(): string | undefined {
  const unknown = names.find((name) => !(name in SECTIONS))
  if (unknown !== undefined) return `there is no section "${unknown}"`
  const wrong = [...flags.delay, flags.idle, flags.clients, flags.seed].find(
    (text) => !/^[0-9]{1,9}$/.test(text),
  )
  return wrong === undefined ? undefined : `"${wrong}" is not a whole number`
}

async function measure(): Promise<void> {
  const settings: Settings = {
    delaysMs: flags.delay.map(Number),
    keys: flags.key === undefined ? [false, true] : [flags.key],
    idleSeconds: Number(flags.idle),
    seed: Number(flags.seed),
    clients: Number(flags.clients),
  }
  process.stdout.write(`${about().join('\n')}\n${NOTE}\n\n`)
  for (const [name, section] of Object.entries(SECTIONS)) {
    if (names.length > 0 && !names.includes(name)) continue
    try {
      const rows = await section(settings, (words) => process.stderr.write(`… ${name}: ${words}\n`))
      process.stdout.write(`${flags.markdown ? asMarkdown(rows) : asText(rows)}\n\n`)
      if (rows.some(({ isMet }) => !isMet)) process.exitCode = 1
    } catch (error) {
      // A section that fails does not stop the others.
      process.exitCode = 1
      process.stdout.write(`${name} failed: ${String(error)}\n\n`)
    }
  }
}

function about(): string[] {
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim()
  const busy = loadavg().map((average) => average.toFixed(1))
  return [
    `- proxyherd at ${commit}, Node ${process.version}, ${cpus().length} cores`,
    `- load before it began: ${busy.join(', ')} (in the last 1, 5 and 15 minutes)`,
    `- seed: ${flags.seed}`,
  ]
}
