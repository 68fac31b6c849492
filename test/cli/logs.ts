import { join } from 'node:path'
import t from 'tap'
import { EXIT, UsageError } from '../../src/cli/exit.js'
import { logs } from '../../src/cli/logs.js'
import { PersonError } from '../../src/person-error.js'
import { lineIn, logText, second } from '../fixtures/log.js'
import { at, bernard, clark, run, stateOf, terminal } from '../fixtures/shown-logs.js'

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

t.test('--since, --until, --grep, -i and -n select lines', async (t) => {
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
    [[], { since: '20:32:02', until: '2021-05-19 20:32:04' }, [2, 3, 4]],
    [[], { until: '27.5s' }, [1, 2]],
    [[], { grep: 'Bernard' }, [2, 4, 5]],
    [[], { grep: '^2021-05-19 20:32:0[45].0+ Clark ' }, [4]],
    [[], { grep: 'bernard' }, []],
    [[], { grep: 'bernard', ignoreCase: true }, [2, 4, 5]],
    [[], { tail: '2' }, [4, 5]],
    [['Clark'], { tail: '2' }, [3, 4]],
    [[], { tail: '1', grep: 'Bernard' }, [5]],
    [[], { tail: '2', until: '20:32:03' }, [2, 3]],
    [[], { tail: '9' }, [1, 2, 3, 4, 5]],
    [[], { tail: '0' }, []],
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
  const across = { ...terminal({ isTTY: true }) }
  await run(['Bernard'], { state, until: '20:32:02', grep: '19 20:32:02|00 Bernard ·|u|' }, across)
  t.equal(
    across.printed(),
    '\u001b[2m\u001b[7m20:32:02\u001b[27m\u001b[22m\u001b[2m.0000\u001b[22m\u001b[2m\u001b[7m00\u001b[27m\u001b[22m ' +
      '\u001b[36m\u001b[7mBernard\u001b[27m\u001b[39m \u001b[7m·\u001b[27m link to Clark \u001b[7mu\u001b[27mp\n',
  )
  const plain = { ...terminal({ isTTY: true }), env: { NO_COLOR: '1' } }
  await run(['Bernard'], { state, grep: 'up' }, plain)
  t.equal(plain.printed(), '20:32:02.000000 Bernard · link to Clark up\n')
})

t.test('faults are red and warnings yellow', async (t) => {
  const entries = [
    at(1, 'Clark', { kind: 'server', what: 'fault', why: 'out of luck' }),
    at(2, 'Clark', { kind: 'link', neighbour: 'Bernard', what: 'lost', why: 'reset' }),
  ]
  const state = t.testdir({ logs: { 'Clark.log': entries.join('') } })
  const streams = terminal()
  await run([], { state, color: 'always' }, streams)
  t.match(streams.printed(), '\u001b[31m! out of luck\u001b[39m\n')
  t.match(streams.printed(), '\u001b[33m· link to Bernard lost: reset\u001b[39m\n')
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
  const since =
    'is not a time: use a duration such as 90s, 1h30m, 2d or 1w, or a time such as 2026-10-05T20:32:00Z, 2026-10-05 or 20:32'
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
    [[], { state, until: 'tomorrow' }, new UsageError(`--until: "tomorrow" ${since}`)],
    [[], { state, tail: 'all' }, new UsageError('--tail: "all" is not a number of lines')],
    [[], { state, color: 'red' }, new UsageError('--color: "red" is not always, never or auto')],
    [[], { state, ignoreCase: true }, new UsageError('-i needs --grep')],
    [
      [],
      { state: join(state, 'logs', 'notes') },
      new PersonError(`${state}/logs/notes/logs cannot be read: a file is where its folder should be`),
    ],
    [[], { state, grep: '(' }, new UsageError('--grep: "(" is not a valid regular expression')],
  ]
  for (const [servers, options, error] of cases) await t.rejects(run(servers, options, terminal()), error)
})

t.test('of lines with the same time, -n shows as many as asked for', async (t) => {
  const line = at(1, 'Clark', lineIn('x'))
  const state = t.testdir({ logs: { 'Clark.log': line.repeat(3), 'Bernard.log': line.repeat(3) } })
  for (const tail of [1, 4, 6]) {
    const streams = terminal()
    await run([], { state, tail: String(tail) }, streams)
    t.equal(streams.printed().split('\n').length - 1, tail)
  }
})

t.test('STATUS, digests and repairs are shown with --sync only', async (t) => {
  const state = t.testdir({
    logs: {
      'Clark.log': [
        at(1, 'Clark', lineIn('STATUS proxyherd')),
        at(2, 'Clark', { kind: 'in', peer: 'neighbour', who: 'Bernard', line: 'DIGEST 0123456789abcdef 1' }),
        at(3, 'Clark', { kind: 'in', peer: 'neighbour', who: 'Bernard', line: 'LATE AT Clark' }),
        at(4, 'Clark', { kind: 'in', peer: 'neighbour', who: 'Bernard', line: 'AT Clark' }),
      ].join(''),
    },
  })
  const shown = async (options: object): Promise<number> => {
    const streams = terminal()
    await run([], { state, ...options }, streams)
    return streams.printed().split('\n').length - 1
  }
  t.equal(await shown({}), 1)
  t.equal(await shown({ grep: 'DIGEST|STATUS' }), 0)
  t.equal(await shown({ json: true }), 1)
  t.equal(await shown({ sync: true }), 4)
  t.equal(await shown({ sync: true, grep: 'DIGEST|STATUS' }), 2)
})

t.test('times are local, and the date is shown where it changes', async (t) => {
  const zone = process.env['TZ']
  t.teardown(() => {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  })
  process.env['TZ'] = 'Pacific/Kiritimati'
  const link = { kind: 'link', neighbour: 'Bernard', what: 'up' } as const
  const times = ['2021-05-18T09:59:59.999999Z', '2021-05-18T10:00:00.000000Z', second(1)]
  const state = t.testdir({
    logs: { 'Clark.log': times.map((time) => logText(time, 'Clark', link)).join('') },
  })
  const local = terminal()
  await run([], { state, utc: false }, local)
  t.equal(
    local.printed(),
    [
      '-- 2021-05-18 --',
      '23:59:59.999999 Clark · link to Bernard up',
      '-- 2021-05-19 --',
      '00:00:00.000000 Clark · link to Bernard up',
      '-- 2021-05-20 --',
      '10:32:01.000000 Clark · link to Bernard up',
      '',
    ].join('\n'),
  )
  const today = terminal()
  await run([], { state, utc: false, since: '10:32:01' }, today)
  t.equal(today.printed(), '10:32:01.000000 Clark · link to Bernard up\n')
  const utc = terminal()
  await run([], { state, since: '10:32:01' }, utc)
  t.equal(utc.printed(), '20:32:01.000000 Clark · link to Bernard up\n')
})

t.test('--since uses the system clock by default', async (t) => {
  const streams = terminal()
  await logs([], { state: stateOf(t), since: '9999d', utc: true }, streams)
  t.equal(streams.printed().split('\n').length, 7, 'with the date')
})
