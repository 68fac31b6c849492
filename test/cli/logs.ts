import { once } from 'node:events'
import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { EXIT, UsageError } from '../../src/cli/exit.js'
import { logs } from '../../src/cli/logs.js'
import type { Streams } from '../../src/cli/streams.js'
import type { Entry } from '../../src/log/entry.js'
import { PersonError } from '../../src/person-error.js'
import { lineIn, logText, second, until } from '../fixtures/log.js'

interface Terminal extends Streams {
  readonly stdout: Streams['stdout'] & PassThrough
  readonly printed: () => string
  readonly errors: () => string
}

function terminal({ isTTY = false, signal = new AbortController().signal } = {}): Terminal {
  const collect = (): [PassThrough & { isTTY?: boolean }, () => string] => {
    const stream = new PassThrough()
    let text = ''
    stream.on('data', (chunk) => (text += String(chunk)))
    return [stream, () => text]
  }
  const [stdout, printed] = collect()
  const [stderr, errors] = collect()
  return {
    stdin: new PassThrough(),
    stdout: Object.assign(stdout, { isTTY }),
    stderr,
    env: {},
    signal,
    keepRunning: () => undefined,
    printed,
    errors,
  }
}

const now = BigInt(Date.parse(second(30))) * 1_000_000n
const clock = (): bigint => now

const at = (seconds: number, server: string, entry: Entry): string => logText(second(seconds), server, entry)

const clark = [
  at(1, 'Clark', { kind: 'server', what: 'listening', address: '127.0.0.1:12104' }),
  at(3, 'Clark', lineIn('IAMAT k\u00c3\u00afwi \u001b[2J')),
  at(4, 'Clark', { kind: 'out', peer: 'neighbour', who: 'Bernard', line: 'AT Clark' }),
]
const bernard = [
  at(2, 'Bernard', { kind: 'link', neighbour: 'Clark', what: 'up' }),
  at(5, 'Bernard', { kind: 'in', peer: 'neighbour', who: 'Clark', line: 'AT Clark' }),
]

function stateOf(t: Test): string {
  return t.testdir({
    logs: { 'Clark.log': clark.join(''), 'Bernard.log': bernard.join(''), notes: 'of somebody' },
  })
}

const run = (servers: string[], options: object, streams: Streams): Promise<number> =>
  logs(servers, options, streams, clock)

t.test('all logs are shown, merged by time', async (t) => {
  const streams = terminal()
  t.equal(await run([], { state: stateOf(t) }, streams), EXIT.done)
  t.equal(
    streams.printed(),
    [
      '20:32:01.000000 Clark   · listening on 127.0.0.1:12104',
      '20:32:02.000000 Bernard · link to Clark up',
      '20:32:03.000000 Clark   ← 127.0.0.1:50112 IAMAT kïwi \\x1b[2J',
      '20:32:04.000000 Clark   → Bernard AT Clark',
      '20:32:05.000000 Bernard ← Clark AT Clark',
      '',
    ].join('\n'),
  )
  t.equal(streams.errors(), '')
})

t.test('--since and --grep select lines', async (t) => {
  const cases: [servers: string[], options: object, seconds: number[]][] = [
    [['Clark'], {}, [1, 3, 4]],
    [['Clark', 'Bernard', 'Clark'], {}, [1, 2, 3, 4, 5]],
    [[], { grep: 'AT Cl..k$' }, [4, 5]],
    [[], { grep: 'kïwi' }, [3]],
    [[], { since: '27s' }, [3, 4, 5]],
    [[], { since: '1m' }, [1, 2, 3, 4, 5]],
    [[], { since: '2h' }, [1, 2, 3, 4, 5]],
    [[], { since: '1d' }, [1, 2, 3, 4, 5]],
    [[], { since: '2021-05-19T20:32:04Z' }, [4, 5]],
    [[], { since: '2021-05-19T22:32:04.001+02:00' }, [5]],
    [[], { since: '2021-05-20' }, []],
    [['Bernard'], { since: '26s', grep: '←' }, [5]],
  ]
  const state = stateOf(t)
  for (const [servers, options, seconds] of cases) {
    const streams = terminal()
    await run(servers, { state, ...options }, streams)
    const shown = [...streams.printed().matchAll(/^20:32:0(\d)/gm)].map(([, second]) => Number(second))
    t.same(shown, seconds, JSON.stringify([servers, options]))
  }
})

t.test('--json prints the lines of the logs', async (t) => {
  const streams = terminal()
  await run([], { state: stateOf(t), json: true, grep: 'AT' }, streams)
  t.equal(streams.printed(), [clark[1], clark[2], bernard[1]].join(''))
})

t.test('a terminal shows colour unless NO_COLOR is set', async (t) => {
  const state = stateOf(t)
  const colourful = terminal({ isTTY: true })
  await run(['Bernard'], { state, grep: 'Clark (up|down)' }, colourful)
  t.equal(
    colourful.printed(),
    '\u001b[2m20:32:02.000000\u001b[22m \u001b[36mBernard\u001b[39m · link to \u001b[7mClark up\u001b[27m\n',
  )
  const plain = { ...terminal({ isTTY: true }), env: { NO_COLOR: '1' } }
  await run(['Bernard'], { state, grep: 'up' }, plain)
  t.equal(plain.printed(), '20:32:02.000000 Bernard · link to Clark up\n')
})

t.test('a renamed log keeps the name of its server', async (t) => {
  const streams = terminal()
  await run([], { state: t.testdir({ logs: { 'old.log': bernard[0] ?? '' } }) }, streams)
  t.equal(streams.printed(), '20:32:02.000000 Bernard · link to Clark up\n')
})

t.test('lines that are not entries are skipped and counted', async (t) => {
  const streams = terminal()
  await run([], { state: t.testdir({ logs: { 'Clark.log': `oops\n${clark.join('')}oops\n` } }) }, streams)
  t.equal(streams.printed().split('\n').length, 4)
  t.equal(streams.errors(), 'proxyherd: lines skipped because they are not log entries: 2\n')
})

t.test('errors name the wrong option or the missing log', async (t) => {
  const state = stateOf(t)
  const since = 'is not a time: use 30s, 10m, 2h or 1d, or an ISO 8601 time such as 2026-10-05T20:32:00Z'
  const empty = t.testdirName
  const cases: [servers: string[], options: object, error: Error][] = [
    [
      ['Elm'],
      { state },
      new PersonError(`no log of "Elm" found in ${state}/logs`, 'there are logs of Bernard, Clark'),
    ],
    [
      ['../logs/Clark'],
      { state },
      new PersonError(`no log of "../logs/Clark" found in ${state}/logs`, 'there are logs of Bernard, Clark'),
    ],
    [
      [],
      { state: join(empty, 'nowhere') },
      new PersonError(
        `no logs found in ${empty}/nowhere/logs`,
        'start a herd with "proxyherd herd up", or name its state folder with --state',
      ),
    ],
    [[], { state, since: 'yesterday' }, new UsageError(`--since: "yesterday" ${since}`)],
    [[], { state, since: '10' }, new UsageError(`--since: "10" ${since}`)],
    [[], { state, since: '2026-13-01' }, new UsageError(`--since: "2026-13-01" ${since}`)],
    [[], { state, grep: '(' }, new UsageError('--grep: "(" is not a valid regular expression')],
  ]
  for (const [servers, options, error] of cases) await t.rejects(run(servers, options, terminal()), error)
})

t.test('-f continues through a rotation until it is asked to end', async (t) => {
  const state = stateOf(t)
  const path = join(state, 'logs', 'Clark.log')
  const stop = new AbortController()
  const streams = terminal({ signal: stop.signal })
  const following = run(['Clark'], { state, follow: true }, streams)
  const shows = (text: string): Promise<void> => until(() => streams.printed().endsWith(`${text}\n`))
  await shows('→ Bernard AT Clark')
  appendFileSync(path, at(6, 'Clark', lineIn('before')))
  renameSync(path, `${path}.1`)
  writeFileSync(path, at(7, 'Clark', lineIn('after')))
  await shows('after')
  t.match(streams.printed(), /before\n.*after\n$/)
  stop.abort()
  t.equal(await following, EXIT.done)
})

t.test('logs ends quietly when its reader is gone', async (t) => {
  const state = stateOf(t)
  for (const follow of [false, true]) {
    // Like a pipe to `head -1`.
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      },
    })
    t.equal(await run([], { state, follow }, { ...terminal(), stdout }), EXIT.done)
  }
})

t.test('logs waits for a slow reader until it is asked to end', async (t) => {
  const state = t.testdir({ logs: { 'Clark.log': clark.join('').repeat(2_000) } })
  const stop = new AbortController()
  const stdout = new PassThrough()
  const printing = run([], { state }, { ...terminal({ signal: stop.signal }), stdout })
  await once(stdout, 'readable')
  t.ok(stdout.readableLength < 200_000)
  stdout.read()
  await once(stdout, 'readable')
  stop.abort()
  t.equal(await printing, EXIT.done)
})

t.test('--since uses the system clock by default', async (t) => {
  const streams = terminal()
  await logs([], { state: stateOf(t), since: '9999d' }, streams)
  t.equal(streams.printed().split('\n').length, 6)
})
