import t from 'tap'
import { admit, misfitIn } from '../../src/link/admit.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'

const greeting = { version: '1', from: 'Oak', to: 'Clark', incarnation: '1', herd: '0a1b2c3d' }
const links = new Map([['Oak', 'the link to Oak']])

t.test('a greeting of a neighbour to this server is for the link to that neighbour', async (t) => {
  t.same(admit(greeting, 'Clark', links), { kind: 'link', link: 'the link to Oak' })
  const misfits = [
    [{ version: '2' }, 'it speaks version 1 of links, not 2'],
    [{ to: 'Elm' }, 'it is Clark'],
    [{ from: 'Elm' }, 'it has no neighbour Elm in its topology'],
  ] as const
  for (const [changed, why] of misfits)
    t.same(admit({ ...greeting, ...changed }, 'Clark', links), { kind: 'misfit', why })
})

t.test('the answer to our greeting must come from the neighbour that was dialled', async (t) => {
  t.equal(misfitIn(greeting, 'Oak'), undefined)
  t.equal(misfitIn(greeting, 'Elm'), 'it says it is Oak')
  t.equal(misfitIn({ ...greeting, version: '2' }, 'Oak'), 'it speaks version 2 of links, not 1')
})

t.test('a greeting makes a link only as a first line, from a neighbour, to this server', async (t) => {
  const herd = await TestHerd.start(t, { topology: anyPorts({ servers: ['Clark'], links: [] }) })
  for (const line of [
    'LINK',
    'LINK 1',
    'LINK 1 Oak Clark 1',
    'LINK 1 Oak Clark 1 xyz',
    'LINK x Oak Clark 1 0a1b2c3d',
  ])
    t.equal(await herd.ask('Clark', `${line}\n`), `? ${line}\n`)
  const pair = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })
  const linkable = await TestHerd.start(t, { topology: pair, names: ['Clark'] })
  const misfits = {
    'LINK 1 Oak Elm 1 0a1b2c3d': 'it is Clark',
    'LINK 1 Elm Clark 1 0a1b2c3d': 'it has no neighbour Elm in its topology',
    'LINK 1 Clark Clark 1 0a1b2c3d': 'it has no neighbour Clark in its topology',
    'LINK 2 Oak Clark and more': 'it speaks version 1 of links, not 2',
  }
  for (const [line, why] of Object.entries(misfits))
    t.equal(await linkable.ask('Clark', `${line}\n`), `NOLINK ${why}\n`)
  t.equal(
    await linkable.ask('Clark', 'FOO\nLINK 1 Oak Clark 1 0a1b2c3d\n'),
    '? FOO\n? LINK 1 Oak Clark 1 0a1b2c3d\n',
  )
  const oak = await linkable.client(t, 'Clark')
  oak.write('LINK 1 Oak Clark 1 0a1b2c3d\nAT Oak +0.5 kiwi +34-118 7\n')
  t.match(await oak.read(), /^LINK 1 Clark Oak [0-9]+ [0-9a-f]{8}\n$/)
  t.match(await linkable.ask('Clark', 'WHATSAT kiwi 1 1\n'), /^AT Oak \+0.5 kiwi/)
})
