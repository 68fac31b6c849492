import { rmSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { FollowPolicy } from '../../src/flood/follow-policy.js'
import type { ReportStore } from '../../src/server/server-options.js'
import { openStore, type Store } from '../../src/store/store.js'
import type { StoredReports } from '../../src/store/store-options.js'
import { anyPorts, TestHerd, type TestHerdOptions } from '../fixtures/herd.js'
import { copyFolder } from '../fixtures/store.js'
import { NO_FIGURES } from '../fixtures/store-figures.js'

const alone = anyPorts({ servers: ['Clark'], links: [] })
const pair = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })

const QUIET = { onFault: t.fail.bind(t), onRecovery: t.fail.bind(t) }

/** A herd that keeps its reports in a folder. */
async function start(t: Test, folder: string, options: TestHerdOptions = {}): Promise<TestHerd> {
  const server = 'Clark'
  const openStoreHere = (reports: StoredReports): Promise<Store> =>
    openStore({ ...QUIET, folder, server, reports })
  return TestHerd.start(t, { topology: alone, openStore: openStoreHere, ...options })
}

t.test('a server that is started again has the reports it had', async (t) => {
  const folder = `${t.testdir()}/Clark`
  const first = await start(t, folder)
  const at = await first.ask('Clark', 'IAMAT kiwi +34-118 5\nIAMAT kiwi +35-118 6\nIAMAT kiwi +36-118 4\n')
  await first.herd.stopAll()
  const second = await start(t, folder)
  t.equal((await second.ask('Clark', 'WHATSAT kiwi 1 1\n')).split('\n')[0], at.split('\n')[1])
  await second.herd.stopAll()
})

t.test('a server that is started again has the reports it received from a neighbour', async (t) => {
  const folder = `${t.testdir()}/Clark`
  const first = await start(t, folder, { topology: pair, names: ['Clark'] })
  const oak = await first.client(t, 'Clark')
  oak.write('LINK 1 Oak Clark 1 0a1b2c3d\nAT Oak +0.5 kiwi +34-118 7\n')
  while (!(await first.ask('Clark', 'WHATSAT kiwi 1 1\n')).startsWith('AT')) await oak.read()
  oak.destroy()
  await first.herd.stopAll()
  const second = await start(t, folder)
  t.match(await second.ask('Clark', 'WHATSAT kiwi 1 1\n'), /^AT Oak \+0.5 kiwi/)
  await second.herd.stopAll()
})

t.test('servers of one process have all their reports when each is started again alone', async (t) => {
  const folder = t.testdir()
  const names = ['Clark', 'Oak']
  const unopened = [...names]
  const both = await TestHerd.start(t, {
    topology: pair,
    openStore: (reports) => {
      const server = unopened.shift() ?? ''
      return openStore({ ...QUIET, folder: `${folder}/${server}`, server, reports })
    },
  })
  const clark = await both.ask('Clark', 'IAMAT kiwi +34-118 5\n')
  const oak = await both.ask('Oak', 'IAMAT lime +34-118 5\n')
  await both.herd.stopAll()
  for (const server of names) {
    const openAlone = (reports: StoredReports): Promise<Store> =>
      openStore({ ...QUIET, folder: `${folder}/${server}`, server, reports })
    const alone = await TestHerd.start(t, { topology: pair, names: [server], openStore: openAlone })
    const known = await alone.ask(server, 'WHATSAT kiwi 1 1\nWHATSAT lime 1 1\n')
    for (const at of [clark, oak]) t.match(known, at)
    await alone.herd.stopAll()
  }
})

t.test(
  'a server stores the reports of its clients soon, and the other servers of its process later',
  async (t) => {
    const names = ['Clark', 'Oak']
    const asked: string[] = []
    const both = await TestHerd.start(t, {
      topology: pair,
      openStore: (reports) => {
        const server = names.shift() ?? ''
        const selects: FollowPolicy['selects'] = (_, __, sender) => {
          asked.push(`${server} ${sender?.kind === 'local' ? 'later' : 'soon'}`)
          return false
        }
        const follower = reports.follow({ from: 'now', selects })
        return Promise.resolve({
          flush: () => {
            follower.absorb()
          },
          committed: () => Promise.resolve(true),
          close: () => Promise.resolve(0),
          status: { unsaved: 0, fault: undefined, lost: 0 },
          figures: NO_FIGURES,
        })
      },
    })
    await both.ask('Clark', 'IAMAT kiwi +34-118 5\n')
    t.same([...new Set(asked)].sort(), ['Clark soon', 'Oak later'])
  },
)

t.test('with commits first, a reply means that the report is on disk', async (t) => {
  const folder = `${t.testdir()}/Clark`
  const herd = await start(t, folder, { commitsFirst: true })
  const client = await herd.client(t, 'Clark')
  client.write('IAMAT kiwi +34-118 5\nIAMAT kiwi +34-118 4\nFOO\n')
  t.match(await client.read(), / kiwi \+34-118 5\n$/)
  t.match(await client.read(), / kiwi \+34-118 4\n$/)
  t.equal(await client.read(), '? FOO\n')
  await herd.herd.stopAll()
})

t.test('with commits first, a report that cannot be written is refused and logged', async (t) => {
  // The disk has failed permanently.
  const store: ReportStore = {
    flush: () => undefined,
    committed: () => Promise.resolve(false),
    close: () => Promise.resolve(0),
    status: { unsaved: 1, fault: 'the disk has failed', lost: 0 },
    figures: NO_FIGURES,
  }
  const herd = await TestHerd.start(t, {
    topology: alone,
    openStore: () => Promise.resolve(store),
    commitsFirst: true,
  })
  t.match(await herd.ask('Clark', 'IAMAT kiwi +34-118 5\n'), /^\? IAMAT kiwi/)
  t.match(
    herd.logs.get('Clark')?.entries.find(({ kind }) => kind === 'refused'),
    { why: /written to disk/ },
  )
  t.match(await herd.ask('Clark', 'WHATSAT kiwi 1 1\n'), /^AT Clark/)
})

t.test('two servers on one folder: the second is refused, and the first is not harmed', async (t) => {
  const folder = `${t.testdir()}/Clark`
  const herd = await start(t, folder)
  await t.rejects(start(t, folder), { message: `the data in ${folder} are in use by another process` })
  t.match(await herd.ask('Clark', 'IAMAT kiwi +34-118 5\n'), /^AT/)
  await herd.herd.stopAll()
  rmSync(folder, { recursive: true })
})

t.test('a server that is started again has forgotten what it had', async (t) => {
  const folder = `${t.testdir()}/Clark`
  const first = await start(t, folder, { commitsFirst: true })
  await first.ask('Clark', 'IAMAT kiwi +34-118 5\nIAMAT lime +34-118 5\nIAMAT fig +34-118 5\n')
  await first.herd.stopAll()
  const second = await start(t, folder, { commitsFirst: true })
  const forgotten = await second.ask('Clark', 'FORGET kiwi\nFORGET lime 9\n')
  t.equal(forgotten, 'FORGOTTEN kiwi\nFORGOTTEN lime 9\n')
  t.match(await second.ask('Clark', 'IAMAT kiwi +34-118 4\n'), /^AT/)
  await second.herd.stopAll()
  const third = await start(t, folder, { topology: pair, names: ['Clark'] })
  t.match(await third.ask('Clark', 'WHATSAT kiwi 1 1\n'), /^AT Clark \S+ kiwi \+34-118 4\n/)
  t.equal(await third.ask('Clark', 'WHATSAT lime 1 1\n'), '? WHATSAT lime 1 1\n')
  t.match(await third.ask('Clark', 'WHATSAT fig 1 1\n'), /^AT Clark/)
  await third.herd.stopAll()
})

t.test('an old backup of one server brings back nothing once it is linked', async (t) => {
  const folder = t.testdir()
  const startBoth = (): Promise<TestHerd> => {
    const unopened = ['Clark', 'Oak']
    return TestHerd.start(t, {
      topology: pair,
      openStore: (reports) => {
        const server = unopened.shift() ?? ''
        return openStore({ ...QUIET, folder: `${folder}/${server}`, server, reports, deferMs: 0 })
      },
    })
  }
  const before = await startBoth()
  await before.ask('Clark', 'IAMAT kiwi +34-118 99999999999\nIAMAT lime +34-118 5\nIAMAT fig +1+1 5\n')
  await before.herd.stopAll()
  copyFolder(`${folder}/Clark`, `${folder}/backup`)
  const meanwhile = await startBoth()
  await meanwhile.ask('Oak', 'FORGET kiwi\nFORGET lime 6\nFORGET fig\nIAMAT fig +2+2 4\n')
  await meanwhile.herd.stopAll()
  rmSync(`${folder}/Clark`, { recursive: true })
  copyFolder(`${folder}/backup`, `${folder}/Clark`)
  const after = await startBoth()
  while (!(await after.ask('Clark', 'WHATSAT fig 1 1\n')).includes(' +2+2 '));
  for (const server of ['Clark', 'Oak'])
    for (const client of ['kiwi', 'lime'])
      t.equal(await after.ask(server, `WHATSAT ${client} 1 1\n`), `? WHATSAT ${client} 1 1\n`)
  await after.herd.stopAll()
})

t.test('with commits first, a client that cannot be forgotten on disk is refused', async (t) => {
  const store: ReportStore = {
    flush: () => undefined,
    committed: () => Promise.resolve(false),
    close: () => Promise.resolve(0),
    status: { unsaved: 1, fault: 'the disk has failed', lost: 0 },
    figures: NO_FIGURES,
  }
  const openBroken = (): Promise<ReportStore> => Promise.resolve(store)
  const herd = await TestHerd.start(t, { topology: alone, openStore: openBroken, commitsFirst: true })
  t.equal(await herd.ask('Clark', 'FORGET kiwi\n'), '? FORGET kiwi\n')
})
