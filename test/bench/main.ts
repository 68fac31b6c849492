import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { cleanUp, versionOf } from './programs.js'
import { asMarkdown, asText } from './results.js'
import { SECTIONS } from './sections.js'
import { FULL, QUICK } from './settings.js'

const FILE = 'test/bench/results.md'

const USAGE = `npm run bench -- [--quick] [SECTION]…

measures proxyherd beside Redis, NATS KV, a raw echo and a herd on asyncio, and writes ${FILE}
  --quick  in a minute or two, and writes nothing
  SECTION  only ${Object.keys(SECTIONS).join(', ')}; writes nothing
`

const { values: flags, positionals: only } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const unknown = only.find((name) => !(name in SECTIONS))

if (flags.help || unknown !== undefined) {
  process.stderr.write(unknown === undefined ? USAGE : `there is no section "${unknown}"\n${USAGE}`)
  process.exitCode = flags.help ? 0 : 2
} else {
  // No child process is left behind, however this process ends.
  const stop = (): void => {
    void cleanUp().then(() => process.exit(1))
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    await measure()
  } finally {
    await cleanUp()
  }
}

async function measure(): Promise<void> {
  const about = machine()
  process.stdout.write(`${about.join('\n')}\n\n`)
  const texts: string[] = []
  for (const [name, section] of Object.entries(SECTIONS)) {
    if (only.length > 0 && !only.includes(name)) continue
    try {
      for (const result of await section(flags.quick ? QUICK : FULL, say)) {
        process.stdout.write(`${asText(result)}\n`)
        texts.push(asMarkdown(result))
      }
    } catch (error) {
      // The other sections still run, but a rival that gives wrong results makes the bench fail.
      process.exitCode = 1
      process.stdout.write(`${name} failed: ${String(error)}\n\n`)
      texts.push(`## ${name} failed\n\n${String(error)}\n`)
    }
  }
  if (flags.quick || only.length > 0) return
  const text = ['# What was measured', '', ...about.map((line) => `- ${line}`), '', ...texts]
  writeFileSync(FILE, text.join('\n'))
  process.stdout.write(`written to ${FILE}\n`)
}

function say(words: string): void {
  process.stderr.write(`… ${words}\n`)
}

function machine(): string[] {
  const [cpu] = cpus()
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim()
  const busy = loadavg().map((load) => load.toFixed(1))
  return [
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, proxyherd at ${commit}`,
    `${cpus().length} cores of ${cpu?.model ?? 'an unknown kind'}, ${gibibytes} GiB, Linux ${release()}; the generator runs on it too`,
    `load before it began: ${busy.join(', ')} (in the last 1, 5 and 15 minutes)`,
    `Node ${process.version}; ${versionOf('redis-server') ?? 'no Redis on the PATH, so it is left out'}; ${versionOf('nats-server') ?? 'no nats-server on the PATH, so the engine is left out'}; ${versionOf('python3') ?? 'no Python on the PATH, so its herd is left out'}`,
  ]
}
