import t, { type Test } from 'tap'
import type { Entry } from '../../src/log/entry.js'
import type { ServerStatus } from '../../src/protocol/status.js'
import { held, next, startPair } from '../fixtures/classic-pair.js'
import { anyPorts, TestHerd, type TestHerdOptions } from '../fixtures/herd.js'
import type { Peer } from '../fixtures/peer.js'

const NAMES = ['Clark', 'Bernard', 'Jaquez', 'Johnson', 'Juzang']
const PAIR = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })

/** The clock of the servers stands still here. */
const NOW = 1_621_464_828

/** Starts Clark, whose neighbour Oak is in another process. */
function clarkAlone(t: Test, options: TestHerdOptions = {}): Promise<TestHerd> {
  return TestHerd.start(t, { topology: PAIR, names: ['Clark'], ...options })
}

function refusals(herd: TestHerd): Entry[] {
  return herd.logs.get('Clark')?.entries.filter(({ kind }) => kind === 'refused') ?? []
}

async function statusOf(herd: TestHerd): Promise<ServerStatus> {
  const line = await herd.ask('Clark', 'STATUS proxyherd 5\n')
  return JSON.parse(line.slice('STATUS '.length)) as ServerStatus
}

/** Reads lines of a link up to the next that begins with a word. */
async function lineOf(link: Peer, word: string): Promise<string> {
  for (;;) {
    const line = await link.read()
    if (line.startsWith(word)) return line.trimEnd()
  }
}

t.test('a client that a wrong clock has frozen is healed at once', async (t) => {
  const herd = await TestHerd.start(t)
  await herd.ask('Bernard', 'IAMAT kiwi +1+1 99999999999.5\n')
  await herd.ask('Clark', `IAMAT kiwi +2+2 ${NOW}\n`)
  for (const name of NAMES) t.match(await herd.ask(name, 'WHATSAT kiwi 1 0\n'), /^AT Bernard/, 'it is frozen')
  t.equal(await herd.ask('Juzang', 'FORGET kiwi\n'), 'FORGOTTEN kiwi\n')
  for (const name of NAMES) t.equal(await herd.ask(name, 'WHATSAT kiwi 1 0\n'), '? WHATSAT kiwi 1 0\n')
  const at = await herd.ask('Johnson', `IAMAT kiwi +2+2 ${NOW}\n`)
  for (const name of NAMES)
    t.equal((await herd.ask(name, 'WHATSAT kiwi 1 0\n')).split('\n')[0], at.trimEnd(), name)
})

t.test('a forgotten client is gone from every answer, and counted', async (t) => {
  const herd = await clarkAlone(t)
  await herd.ask('Clark', 'IAMAT kiwi +1+1 5\nIAMAT lime +1+1 5\n')
  t.equal(
    await herd.ask('Clark', ' FORGET  kiwi\t5.5 \nFORGET plum\n'),
    'FORGOTTEN kiwi 5.5\nFORGOTTEN plum\n',
  )
  t.match(await herd.ask('Clark', 'NEAR +1+1 10 10\n'), /^AT Clark \S+ lime [^\n]+\n\n$/)
  t.match(await statusOf(herd), { clients: 1, memory: { tombstones: 2 }, sample: [/ lime /] })
  t.equal(await herd.ask('Clark', 'FORGET lime 4.9\n'), 'FORGOTTEN lime 4.9\n')
  t.match(await herd.ask('Clark', 'WHATSAT lime 1 0\n'), /^AT Clark /, 'its report is newer')
  const forgets = herd.logs.get('Clark')?.entries.filter(({ kind }) => kind === 'forget')
  t.match(forgets, [{ line: 'FORGET kiwi 5.5' }, { line: 'FORGET plum' }, { line: 'FORGET lime 4.9' }])
})

t.test('a forget of a time that is too far ahead is refused, and so is a nonsensical one', async (t) => {
  const herd = await clarkAlone(t, { maxFutureSeconds: 60 })
  await herd.ask('Clark', `IAMAT kiwi +1+1 ${NOW}\n`)
  t.equal(await herd.ask('Clark', 'FORGET nobody 5\n'), 'FORGOTTEN nobody 5\n')
  const wrong = [`FORGET kiwi ${NOW + 62}`, 'FORGET', 'FORGET kiwi tomorrow', 'FORGET kiwi 1 2']
  for (const line of wrong) t.equal(await herd.ask('Clark', `${line}\n`), `? ${line}\n`)
  t.match(refusals(herd)[0], { why: "its time is more than 60 s ahead of the server's clock" })
  t.match(await herd.ask('Clark', 'WHATSAT kiwi 1 0\n'), /^AT/)
})

t.test('while the memory is full, only known clients are forgotten', async (t) => {
  const herd = await clarkAlone(t, { maxMemoryBytes: 1 })
  t.equal(await herd.ask('Clark', 'FORGET kiwi\n'), '? FORGET kiwi\n')
  t.match(refusals(herd)[0], { why: 'the memory for reports is full, and this client is new' })
  const link = await herd.linkFrom(t, 'Oak', 'Clark')
  link.write('FEATURES forget\nAT Oak +0.1 kiwi +1+1 1\n')
  while ((await statusOf(herd)).clients === 0);
  t.equal(await herd.ask('Clark', 'FORGET kiwi 2\n'), 'FORGOTTEN kiwi 2\n')
  t.equal(await herd.ask('Clark', `IAMAT kiwi +1+1 ${NOW}\n`).then((at) => at.slice(0, 3)), 'AT ')
  const long = `FORGET kiwi 9.${'9'.repeat(200)}`
  t.equal(await herd.ask('Clark', `${long}\n`), `? ${long}\n`)
  t.match(refusals(herd).at(-1), { why: /, and the position and time of this forget have 204 bytes$/ })
})

t.test('clients are refused while a linked neighbour does not know forgets', async (t) => {
  const herd = await clarkAlone(t)
  const link = await herd.linkFrom(t, 'Oak', 'Clark')
  await herd.ask('Clark', `IAMAT kiwi +1+1 ${NOW}\n`)
  t.equal(await herd.ask('Clark', 'FORGET lime\n'), 'FORGOTTEN lime\n', 'Oak has not said yet what it knows')
  link.write(`DIGEST ${'1'.repeat(16)} 0\nPING 6\n`)
  await lineOf(link, 'PONG 6')
  t.equal(await herd.ask('Clark', 'FORGET kiwi\n'), '? FORGET kiwi\n')
  t.match(refusals(herd)[0], { why: 'the version of Oak, which is linked, does not know FORGET' })
  link.write('FEATURES pong counts memory forget\nPING 7\n')
  await lineOf(link, 'PONG 7')
  t.equal(await herd.ask('Clark', 'FORGET kiwi\n'), 'FORGOTTEN kiwi\n')
  t.match(await lineOf(link, 'GENERATION'), `GENERATION ${NOW} AT Clark +${NOW}.223371889 kiwi - 0`)
  link.write(`GENERATION ${NOW + 1} AT Oak +1.5 kiwi +2+2 3\nLATE GENERATION 9 AT Oak +9.5 lime - 3\n`)
  link.write('FORGET kiwi\nPING 8\n')
  await lineOf(link, 'PONG 8')
  t.match(await herd.ask('Clark', 'WHATSAT kiwi 1 0\n'), /^AT Oak \+1.5 kiwi \+2\+2 3\n/)
  t.match(await statusOf(herd), { memory: { tombstones: 1 } })
  t.match(refusals(herd).at(-1), { why: 'only clients send this to servers' })
  t.equal(
    await herd.ask('Clark', 'GENERATION 9 AT Oak +9.5 lime - 3\n'),
    '? GENERATION 9 AT Oak +9.5 lime - 3\n',
  )
})

t.test(
  'a neighbour that links later and does not know forgets is not sent them, and that is said',
  async (t) => {
    const news: string[] = []
    const herd = await clarkAlone(t, { onLink: ({ what, why }) => void news.push(`${what} ${why}`) })
    await herd.ask('Clark', 'FORGET kiwi\nFORGET lime\nIAMAT lime +1+1 5\n')
    const link = await herd.linkFrom(t, 'Oak', 'Clark')
    // It holds nothing, so Clark sends what it has of each bucket.
    for (let bucket = 0; bucket < 1_024; bucket += 1) link.write(`HAVE ${bucket}\n`)
    t.match(await lineOf(link, 'LATE'), /^LATE AT Clark \S+ lime \+1\+1 5$/)
    link.write(`DIGEST ${'1'.repeat(16)} 0\nDIGEST ${'1'.repeat(16)} 0\nAT Oak +0.5 fig +1+1 5\n`)
    while ((await herd.ask('Clark', 'WHATSAT fig 1 0\n')).startsWith('?'));
    t.equal(news.filter((each) => each.includes('does not know what is forgotten')).length, 1)
  },
)

t.test('a classic neighbour that repeats what is forgotten does not bring it back', async (t) => {
  const pair = await startPair(t, 'plain')
  const { herd } = pair
  const old = 'AT Oak +0.100000000 kiwi +1+1 1621464827.959498503'
  await herd.ask('Clark', `${old}\n`)
  t.equal(await held(herd, 'kiwi'), old)
  t.equal(await herd.ask('Clark', 'FORGET kiwi\n'), 'FORGOTTEN kiwi\n')
  const rounded = 'AT Oak +0.1 kiwi +1+1 1621464828'
  for (const line of [old, rounded]) {
    t.equal(await herd.ask('Clark', `${line}\n`), '')
    t.equal(await held(herd, 'kiwi'), '? WHATSAT kiwi 1 0')
  }
  await herd.ask('Clark', `IAMAT kiwi +2+2 ${NOW - 5}\n`)
  t.match(await next(pair), / kiwi \+2\+2 /, 'it is sent no forget, and a report without its generation')
  await herd.ask('Clark', `${old}\n`)
  t.match(await held(herd, 'kiwi'), / kiwi \+2\+2 /)
  await herd.ask('Clark', `AT Oak +0.1 kiwi +3+3 ${NOW}.5\n`)
  t.match(await held(herd, 'kiwi'), / kiwi \+3\+3 /, 'a later report is of the new generation')
})

t.test('nor does a classic neighbour that rounds times, after a forget up to a time', async (t) => {
  const { herd } = await startPair(t, 'plain')
  await herd.ask('Clark', 'IAMAT kiwi +1+1 5.26\nFORGET kiwi 5.26\n')
  for (const time of ['5.26', '5.3', '6']) {
    await herd.ask('Clark', `AT Oak +0.1 kiwi +1+1 ${time}\n`)
    t.equal(await held(herd, 'kiwi'), '? WHATSAT kiwi 1 0', time)
  }
  await herd.ask('Clark', 'AT Oak +0.1 kiwi +1+1 5.4\n')
  t.equal(await held(herd, 'kiwi'), 'AT Oak +0.1 kiwi +1+1 5.4')
})

t.test('servers of a process pass forgets, also on a link with a delay', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR })
  herd.herd.delay('Clark', 'Oak', 5)
  await herd.ask('Clark', 'IAMAT kiwi +1+1 5\nFORGET kiwi\n')
  while ((await herd.ask('Oak', 'WHATSAT kiwi 1 0\n')).startsWith('AT'));
  herd.herd.cut('Clark', 'Oak')
  const at = await herd.ask('Clark', 'IAMAT kiwi +1+1 6\nFORGET lime\n')
  herd.herd.mend('Clark', 'Oak')
  herd.herd.delay('Clark', 'Oak', 5)
  const [line = ''] = at.split('\n')
  while (!(await herd.ask('Oak', 'WHATSAT kiwi 1 0\n')).startsWith(line));
  t.equal(await herd.ask('Oak', 'WHATSAT lime 1 0\n'), '? WHATSAT lime 1 0\n')
})
