import t from 'tap'
import { anyPorts, TestHerd } from '../fixtures/herd.js'

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
