import t from 'tap'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import { parseTopology } from '../../src/topology/topology.js'
import { held, next, startPair, statusOf } from '../fixtures/classic-pair.js'
import { TestHerd } from '../fixtures/herd.js'
import { PeerListener } from '../fixtures/peer.js'

const T = '1621464827.959498503'

t.test(
  'a neighbour whose dialect the topology gives is not greeted, and is sent lines in that dialect',
  async (t) => {
    const pair = await startPair(t, 'flood-skew')
    t.same(pair.news, ['up'])
    await pair.herd.ask('Clark', `IAMAT kiwi +1+1 ${T}\n`)
    t.equal(await next(pair), `FLOOD kiwi +1+1 +0.263873386 ${T} Clark\n`)
    t.match(await statusOf(pair.herd), { state: 'up', kind: 'plain', dialect: 'flood-skew', unreadLines: 0 })
    t.equal(
      await pair.herd.ask('Clark', 'LINK 1 Oak Clark 1 0a1b2c3d\n'),
      'NOLINK Oak is a classic server in its topology\n',
    )
  },
)

t.test('with a herd key, a classic neighbour is not served, whatever the topology says', async (t) => {
  const keys = parseHerdKeys(newHerdKey(), 'test')
  const pair = await startPair(t, 'plain', { security: { keys } })
  const peer = await pair.oak.next()
  peer.destroy()
  await pair.saw('unreachable …')
  t.equal(pair.news.length, 1)
})

t.test('a neighbour that the topology says is proxyherd never counts as classic', async (t) => {
  const pair = await startPair(t, 'proxyherd')
  const peer = await pair.oak.next()
  peer.write(`? ${await peer.read()}`)
  await pair.saw('unreachable it does not answer as proxyherd')
  t.same(pair.news.length, 1)
})

t.test(
  'the dialect of a neighbour is learned from what it sends, and plain lines are sent again',
  async (t) => {
    const pair = await startPair(t)
    const greeting = await pair.oak.next()
    greeting.write(`? ${await greeting.read()}`)
    await pair.herd.ask('Clark', `IAMAT kiwi +1+1 ${T}\n`)
    t.equal(await next(pair), `AT Clark +0.263873386 kiwi +1+1 ${T}\n`)
    t.equal(await pair.herd.ask('Clark', `FLOOD 3 AT Oak --0.5 lime +2+2 ${T}\n\n`), '')
    t.equal(await held(pair.herd, 'lime'), `AT Oak -0.5 lime +2+2 ${T}`)
    t.equal(await next(pair), `FLOOD 2 AT Clark +0.263873386 kiwi +1+1 ${T}\n`)
    t.match(await statusOf(pair.herd), { dialect: 'flood-number' })
  },
)

t.test(
  'a line that comes before it is known what a neighbour is counts, and its dialect is used',
  async (t) => {
    const pair = await startPair(t)
    const greeting = await pair.oak.next()
    const text = await greeting.read()
    t.equal(await pair.herd.ask('Clark', `UPDATE AT Oak --0.5 lime +2+2 ${T}\n`), '')
    t.equal(await held(pair.herd, 'lime'), `AT Oak -0.5 lime +2+2 ${T}`)
    t.equal(await pair.herd.ask('Clark', `UPDATE AT Oak !\n`), '? UPDATE AT Oak !\n')
    greeting.write(`? ${text}`)
    await pair.herd.ask('Clark', `IAMAT kiwi +1+1 ${T}\n`)
    t.equal(await next(pair), `UPDATE AT Clark +0.263873386 kiwi +1+1 ${T}\n`)
  },
)

t.test('a neighbour that the topology says is proxyherd sends no such lines', async (t) => {
  const { herd } = await startPair(t, 'proxyherd')
  const line = `UPDATE AT Oak --0.5 lime +2+2 ${T}\n`
  t.equal(await herd.ask('Clark', line), `? ${line}`)
})

t.test('a client at the address of a classic neighbour is answered as always', async (t) => {
  const { herd } = await startPair(t, 'plain')
  const odd = `AT Oak 2 lime +2+2 ${T}`
  const texts: Record<string, string> = {
    'FOO\n': '? FOO\n',
    '\n': '? \n',
    'IAMAT kiwi Oak +1+1 5\n': '? IAMAT kiwi Oak +1+1 5\n',
    [`WHATSAT kiwi 1 0\n${odd}\n`]: `? WHATSAT kiwi 1 0\n? ${odd}\n`,
    [`FOO\n${odd}\n`]: `? FOO\n? ${odd}\n`,
    [`AT Elm 2 lime +92+2 ${T}\n`]: `? AT Elm 2 lime +92+2 ${T}\n`,
  }
  for (const [text, replies] of Object.entries(texts)) t.equal(await herd.ask('Clark', text), replies)
  t.equal(await held(herd, 'lime'), '? WHATSAT lime 1 0')
})

t.test('a neighbour whose lines cannot be read is sent nothing, and they are counted', async (t) => {
  const pair = await startPair(t)
  const greeting = await pair.oak.next()
  greeting.write(`? ${await greeting.read()}`)
  await greeting.closed
  await pair.saw('up it does not answer as proxyherd, and is served as a classic server')
  t.equal(await pair.herd.ask('Clark', `SEEN lime by Oak at +2+2\nOak and more\n`), '')
  await pair.herd.ask('Clark', `IAMAT kiwi +1+1 ${T}\n`)
  t.match(await statusOf(pair.herd), { dialect: 'unknown', unreadLines: 1, pending: 1 })
  t.equal(await pair.herd.ask('Clark', `UPDATE AT Oak +0.5 lime +2+2 ${T}\nOak Elm\nSEEN !\n`), '')
  t.equal(await next(pair), `UPDATE AT Clark +0.263873386 kiwi +1+1 ${T}\n`)
  t.match(await statusOf(pair.herd), { dialect: 'update', unreadLines: 2 })
  const refused = pair.herd.logs.get('Clark')?.entries.filter(({ kind }) => kind === 'refused')
  t.same(refused, [])
})

t.test('servers that a report has visited are recognised in place of its origin', async (t) => {
  const { herd } = await startPair(t, 'plain')
  t.equal(await herd.ask('Clark', `AT Oak-Clark +0.5 lime +2+2 ${T}\n`), '')
  t.equal(await held(herd, 'lime'), `AT Oak +0.5 lime +2+2 ${T}`)
})

t.test('a server that others can reach knows its classic neighbours by their addresses', async (t) => {
  const { herd } = await startPair(t, 'flood-skew', { host: 'clark.example' })
  t.equal(await herd.ask('Clark', `FLOOD lime +2+2 +0.5 ${T} Oak\n`), '')
  t.equal(await held(herd, 'lime'), `AT Oak +0.5 lime +2+2 ${T}`)
})

t.test('a server that others can reach knows by their addresses who may be classic', async (t) => {
  const { herd } = await startPair(t, undefined, { host: 'clark.example' })
  t.equal(await herd.ask('Clark', `UPDATE AT Oak +0.5 lime +2+2 ${T}\n`), '')
  t.equal(await held(herd, 'lime'), `AT Oak +0.5 lime +2+2 ${T}`)
})

t.test('a rounded copy does not replace the report that it was made of', async (t) => {
  const { herd } = await startPair(t, 'plain')
  const at = (await herd.ask('Clark', `IAMAT kiwi +34.068930-118.445127 ${T}\n`)).trimEnd()
  for (const copy of ['+34.06893-118.445127 1621464827.9594986', '+34.07-118.45 1621464828'])
    await herd.ask('Clark', `AT Clark +0.3 kiwi ${copy}\n`)
  t.equal(await held(herd, 'kiwi'), at)
  await herd.ask('Clark', 'AT Oak +0.3 kiwi +34.07-118.45 1621464829\n')
  t.equal(await held(herd, 'kiwi'), 'AT Oak +0.3 kiwi +34.07-118.45 1621464829')
})

t.test('a storm is reported once, and its connections are closed while it is held off', async (t) => {
  const pair = await startPair(t, 'plain')
  const line = `AT Oak +0.5 lime +2+2 ${T}\n`
  for (let count = 0; count < 20; count += 1) await pair.herd.ask('Clark', line)
  await pair.herd.ask('Clark', line)
  await pair.saw('up it sends the same reports again and again, and is held off')
  const before = pair.herd.logs.get('Clark')?.entries.length
  const storm = await pair.herd.client(t, 'Clark')
  storm.write(line)
  t.equal(await storm.closed, '')
  t.equal(pair.herd.logs.get('Clark')?.entries.length, before, 'nothing is logged')
  await pair.herd.ask('Clark', 'AT Oak +0.5 fig +2+2 5\n')
  t.equal(await held(pair.herd, 'fig'), 'AT Oak +0.5 fig +2+2 5', 'news is not lost')
  t.match(await pair.herd.ask('Clark', `IAMAT kiwi +1+1 ${T}\n`), /^AT Clark/, 'clients notice nothing')
  t.equal(pair.news.length, 2)
})

t.test('an unterminated line counts after the idle time that the topology gives', async (t) => {
  const { herd } = await startPair(t, { line: 'visited', unterminated: '1s' })
  const oak = await herd.client(t, 'Clark')
  oak.write(`AT Oak +0.5 lime +2+2 ${T} Oak`)
  const [client, silent] = [await herd.client(t, 'Clark'), await herd.client(t, 'Clark')]
  client.write('IAMAT kiwi')
  t.equal(await oak.closed, '')
  t.equal(await held(herd, 'lime'), `AT Oak +0.5 lime +2+2 ${T}`)
  client.write(` +1+1 ${T}\n`)
  t.match(await client.read(), /^AT Clark \S+ kiwi/, 'a client that pauses is not cut short')
  silent.write('FOO\n')
  t.equal(await silent.read(), '? FOO\n', 'nor one that has said nothing')
})

t.test(
  'a neighbour that was gone is greeted again when it is back, and sent what it has missed',
  async (t) => {
    const pair = await startPair(t)
    const { port } = pair.oak
    const greeting = await pair.oak.next()
    greeting.write(`? ${await greeting.read()}`)
    await greeting.closed
    pair.oak.close()
    await pair.herd.ask('Clark', `IAMAT kiwi +1+1 ${T}\n`)
    await pair.saw('lost nobody listens there')
    t.match(await statusOf(pair.herd), { state: 'down' })
    const oak = await PeerListener.listen(port)
    t.teardown(() => {
      oak.close()
    })
    t.equal(await next({ ...pair, oak }), `AT Clark +0.263873386 kiwi +1+1 ${T}\n`)
    await pair.saw('up')
    t.match(await next({ ...pair, oak }), /^LINK 1 Clark Oak/)
  },
)

t.test(
  'the connection of a neighbour that never closes is closed after a while, and delays nothing',
  async (t) => {
    const pair = await startPair(t, 'plain')
    await pair.herd.ask('Clark', `IAMAT kiwi +1+1 ${T}\nIAMAT lime +1+1 ${T}\n`)
    const peer = await pair.oak.next()
    t.match(await peer.closed, /kiwi/)
    t.match(await next(pair), /lime/)
    const closed = new Promise((resolve) => peer.socket.once('close', resolve))
    const writing = setInterval(() => {
      peer.write('? what\n')
    }, 10)
    await closed
    clearInterval(writing)
  },
)

t.test('a server that stops sends a classic neighbour what is pending', async (t) => {
  const pair = await startPair(t, 'plain')
  await pair.herd.ask('Clark', `IAMAT kiwi +1+1 ${T}\nIAMAT lime +1+1 ${T}\nIAMAT fig +1+1 ${T}\n`)
  const stopped = pair.herd.herd.stop('Clark')
  for (const client of ['kiwi', 'lime', 'fig']) t.match(await next(pair), client)
  await stopped
})

t.test('a server that stops does not wait for a classic neighbour that is gone', async (t) => {
  const pair = await startPair(t, 'plain')
  pair.oak.close()
  await pair.herd.ask('Clark', `IAMAT kiwi +1+1 ${T}\n`)
  await pair.saw('lost nobody listens there')
  await pair.herd.herd.stop('Clark')
})

t.test('a neighbour is not sent the reports of its own clients', async (t) => {
  const pair = await startPair(t)
  const own = Array.from({ length: 2_500 }, (_, index) => `AT Oak +0.5 client${index} +2+2 5\n`).join('')
  await pair.herd.ask('Clark', `${own}AT Elm +0.5 lime +2+2 5\n`)
  const greeting = await pair.oak.next()
  greeting.write(`? ${await greeting.read()}`)
  t.equal(await next(pair), 'AT Elm +0.5 lime +2+2 5\n')
})

t.test('of two neighbours at one address, the one that a line names has sent it', async (t) => {
  const [oak, elm] = [await PeerListener.listen(), await PeerListener.listen()]
  const servers = {
    Clark: { host: '127.0.0.1', port: 0 },
    Oak: { host: '127.0.0.1', port: oak.port },
    Elm: { host: '127.0.0.1', port: elm.port },
  }
  const links = [
    ['Clark', 'Oak'],
    ['Clark', 'Elm'],
  ]
  const topology = parseTopology(JSON.stringify({ servers, links }), 'test')
  let left = 2
  let isFound: () => void = () => undefined
  const found = new Promise<void>((resolve) => (isFound = resolve))
  const onLink = (): void => {
    if ((left -= 1) === 0) isFound()
  }
  const herd = await TestHerd.start(t, { topology, names: ['Clark'], onLink })
  for (const listener of [oak, elm]) {
    t.teardown(() => {
      listener.close()
    })
    const greeting = await listener.next()
    greeting.write('? what\n')
  }
  await found
  await herd.ask('Clark', `FLOOD 3 AT Oak +0.5 lime +2+2 ${T}\n`)
  await herd.ask('Clark', `PROPAG_CMSG Elm Oak,Elm lime ${T} +2+2\n`)
  for (let count = 0; count < 2; count += 1) await herd.ask('Clark', `UPDATE AT Ash +0.5 fig +2+2 ${T}\n`)
  await herd.ask('Clark', `Yew at +2+2 says: Elm and Oak\n`)
  await herd.ask('Clark', `UPDATE AT Ash +0.5 fig +2+2 ${T}\n!\n`)
  const [, json = ''] = /^STATUS (.*)\n$/.exec(await herd.ask('Clark', 'STATUS proxyherd\n')) ?? []
  t.match(JSON.parse(json), {
    links: [
      { neighbour: 'Oak', dialect: 'flood-number', unreadLines: 2 },
      { neighbour: 'Elm', dialect: 'propagate-visited', unreadLines: 2 },
    ],
  })
  t.equal(
    await herd.ask('Clark', `WHATSAT fig 1 0\n`).then((reply) => reply.split('\n')[0]),
    `AT Ash +0.5 fig +2+2 ${T}`,
  )
})
