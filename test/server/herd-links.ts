import t from 'tap'
import type { LinkStatus } from '../../src/protocol/status.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { CLASSIC } from '../fixtures/topologies.js'
import { NO_FIGURES } from '../fixtures/store-figures.js'

const PAIR = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })
const TRIANGLE = anyPorts({
  servers: ['Clark', 'Oak', 'Elm'],
  links: [
    ['Clark', 'Oak'],
    ['Oak', 'Elm'],
    ['Elm', 'Clark'],
  ],
})

/** What `server` answers of where a client is: an `AT` line, or a refusal. */
async function whereIs(herd: TestHerd, server: string, client: string): Promise<string> {
  const [first = ''] = (await herd.ask(server, `WHATSAT ${client} 1 0\n`)).split('\n')
  return first
}

/** Asks until a server knows what another one does. */
async function untilKnown(herd: TestHerd, server: string, client: string, at: string): Promise<void> {
  while ((await whereIs(herd, server, client)) !== at.trimEnd());
}

async function statusOf(herd: TestHerd, server: string): Promise<{ digest: string; links: LinkStatus[] }> {
  const [, json = ''] = /^STATUS (.*)\n$/.exec(await herd.ask(server, 'STATUS proxyherd\n')) ?? []
  return JSON.parse(json) as { digest: string; links: LinkStatus[] }
}

t.test('two servers of a process that are cut off from each other diverge, and heal', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR })
  herd.herd.cut('Clark', 'Oak')
  const clark = await herd.ask('Clark', 'IAMAT kiwi +1+1 1\nIAMAT lime +1+1 2\n')
  const oak = await herd.ask('Oak', 'IAMAT kiwi +2+2 2\nIAMAT plum +2+2 1\n')
  t.equal(await whereIs(herd, 'Oak', 'lime'), '? WHATSAT lime 1 0')
  t.equal(await whereIs(herd, 'Clark', 'plum'), '? WHATSAT plum 1 0')
  t.match(await statusOf(herd, 'Clark'), { links: [{ neighbour: 'Oak', state: 'down' }] })
  herd.herd.mend('Clark', 'Oak')
  const [lime = ''] = clark.split('\n').slice(1)
  const [kiwi = '', plum = ''] = oak.split('\n')
  await untilKnown(herd, 'Oak', 'lime', lime)
  await untilKnown(herd, 'Clark', 'plum', plum)
  for (const server of ['Clark', 'Oak']) t.equal(await whereIs(herd, server, 'kiwi'), kiwi, 'the newest wins')
  t.equal((await statusOf(herd, 'Clark')).digest, (await statusOf(herd, 'Oak')).digest)
  t.match(await statusOf(herd, 'Oak'), {
    links: [{ neighbour: 'Clark', state: 'up', lastComparison: { equal: true } }],
  })
})

t.test('a report goes another way when a link is cut, and still before the reply', async (t) => {
  const herd = await TestHerd.start(t, { topology: TRIANGLE })
  herd.herd.cut('Clark', 'Elm')
  const at = await herd.ask('Clark', 'IAMAT kiwi +1+1 1\n')
  t.equal(await whereIs(herd, 'Elm', 'kiwi'), at.trimEnd())
})

t.test('a link is reported once when it is cut, and once when it is mended', async (t) => {
  const news: string[] = []
  const herd = await TestHerd.start(t, {
    topology: PAIR,
    onLink: ({ server, neighbour, what, why }) => news.push(`${server} ${neighbour} ${what} ${why}`.trim()),
  })
  news.splice(0)
  for (let times = 0; times < 2; times += 1) herd.herd.cut('Clark', 'Oak')
  for (let times = 0; times < 2; times += 1) herd.herd.mend('Clark', 'Oak')
  t.same(news, ['Clark Oak lost it was cut', 'Oak Clark lost it was cut', 'Clark Oak up', 'Oak Clark up'])
})

t.test('what is sent on a link with a delay arrives later, in order', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR })
  herd.herd.delay('Clark', 'Oak', 20)
  await herd.ask('Clark', 'IAMAT kiwi +1+1 1\n')
  const at = await herd.ask('Clark', 'IAMAT kiwi +1+1 2\n')
  await untilKnown(herd, 'Oak', 'kiwi', at)
  t.match(await statusOf(herd, 'Clark'), { links: [{ sentBytes: at.length * 2 }] })
})

t.test('what is under way on a link that is cut is lost, and sent again when it is mended', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR })
  herd.herd.delay('Clark', 'Oak', 3_600_000)
  const at = await herd.ask('Clark', 'IAMAT kiwi +1+1 1\n')
  t.equal(await whereIs(herd, 'Oak', 'kiwi'), '? WHATSAT kiwi 1 0')
  herd.herd.cut('Clark', 'Oak')
  herd.herd.delay('Clark', 'Oak', 0)
  herd.herd.mend('Clark', 'Oak')
  await untilKnown(herd, 'Oak', 'kiwi', at)
})

t.test('a late report that crosses a link with a delay is still late', async (t) => {
  const herd = await TestHerd.start(t, {
    topology: anyPorts({
      servers: ['Clark', 'Oak', 'Ash', 'Fir'],
      links: [
        ['Clark', 'Oak'],
        ['Clark', 'Ash'],
        ['Oak', 'Fir'],
      ],
    }),
    names: ['Clark', 'Oak'],
  })
  herd.herd.delay('Clark', 'Oak', 1)
  const [ash, fir] = [await herd.linkFrom(t, 'Ash', 'Clark'), await herd.linkFrom(t, 'Fir', 'Oak')]
  ash.write('LATE AT Ash +0 kiwi +1+1 5\n')
  for (;;) {
    const line = await fir.read()
    if (!line.includes(' kiwi ')) continue
    t.equal(line, 'LATE AT Ash +0 kiwi +1+1 5\n')
    break
  }
})

t.test(
  'a server is stopped and started while the others run on, and learns what it has missed',
  async (t) => {
    const herd = await TestHerd.start(t)
    const before = await herd.ask('Bernard', 'IAMAT kiwi +1+1 1\n')
    const port = herd.port('Bernard')
    t.equal(await herd.herd.stop('Bernard'), 0)
    t.notOk(herd.herd.addresses.has('Bernard'))
    await t.rejects(herd.ask('Bernard', 'STATUS proxyherd\n'), { code: 'ECONNREFUSED' })
    const { links } = await statusOf(herd, 'Juzang')
    t.match(
      links.find(({ neighbour }) => neighbour === 'Bernard'),
      { state: 'down' },
    )
    const missed = await herd.ask('Clark', 'IAMAT lime +1+1 1\n')
    for (const server of CLASSIC.servers)
      if (server !== 'Bernard') t.equal(await whereIs(herd, server, 'lime'), missed.trimEnd())
    await herd.herd.start('Bernard')
    t.equal(herd.port('Bernard'), port)
    await untilKnown(herd, 'Bernard', 'kiwi', before)
    await untilKnown(herd, 'Bernard', 'lime', missed)
    const digests = new Set<string>()
    for (const server of CLASSIC.servers) digests.add((await statusOf(herd, server)).digest)
    t.equal(digests.size, 1)
  },
)

t.test('a server that starts while a neighbour is stopped shows that link as down', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR })
  for (const server of ['Oak', 'Clark']) await herd.herd.stop(server)
  await herd.herd.start('Clark')
  t.match(await statusOf(herd, 'Clark'), { links: [{ neighbour: 'Oak', state: 'down' }] })
  const at = await herd.ask('Clark', 'IAMAT kiwi +1+1 1\n')
  await herd.herd.start('Oak')
  await untilKnown(herd, 'Oak', 'kiwi', at)
  for (const server of ['Clark', 'Oak'])
    t.match(await statusOf(herd, server), { links: [{ state: 'up', lastComparison: { equal: true } }] })
})

t.test(
  'a link to a server that is stopped cannot be mended, and comes up when the server starts',
  async (t) => {
    const herd = await TestHerd.start(t, { topology: PAIR })
    await herd.herd.stop('Oak')
    herd.herd.mend('Clark', 'Oak')
    herd.herd.mend('Oak', 'Clark')
    t.match(await statusOf(herd, 'Clark'), { links: [{ neighbour: 'Oak', state: 'down' }] })
    const at = await herd.ask('Clark', 'IAMAT kiwi +1+1 1\n')
    const started = herd.herd.start('Oak')
    herd.herd.mend('Clark', 'Oak')
    await started
    await untilKnown(herd, 'Oak', 'kiwi', at)
    t.match(await statusOf(herd, 'Clark'), { links: [{ state: 'up', lastComparison: { equal: true } }] })
  },
)

t.test('a server that cannot be started again leaves the others running', async (t) => {
  let hasDisk = true
  const herd = await TestHerd.start(t, {
    topology: PAIR,
    openStore: () =>
      hasDisk
        ? Promise.resolve({
            flush: () => undefined,
            committed: () => Promise.resolve(true),
            close: () => Promise.resolve(0),
            status: { unsaved: 0, fault: undefined, lost: 0 },
            figures: NO_FIGURES,
          })
        : Promise.reject(new Error('the disk is gone')),
  })
  await herd.herd.stop('Oak')
  hasDisk = false
  await t.rejects(herd.herd.start('Oak'), { message: 'the disk is gone' })
  t.match(await herd.ask('Clark', 'IAMAT kiwi +1+1 1\n'), /^AT Clark/)
})

t.test('only servers that run here can be stopped, and only links between them cut', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR, names: ['Clark'] })
  await t.rejects(herd.herd.stop('Oak'), { message: 'Oak does not run in this process' })
  t.throws(
    () => {
      herd.herd.cut('Clark', 'Oak')
    },
    { message: 'Clark and Oak are not linked within this process' },
  )
})
