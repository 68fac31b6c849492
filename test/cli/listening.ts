import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import t, { type Test } from 'tap'
import { freePorts } from '../fixtures/files.js'
import { Terminal } from '../fixtures/terminal.js'

const PAIR = { servers: ['Elm', 'Oak'], links: [['Elm', 'Oak']] } as const

/** Whether this machine has IPv6 on loopback. */
const HAS_IPV6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)

interface Place {
  readonly flags: readonly string[]
  readonly ports: Readonly<Record<string, number>>
  readonly folder: string
}

/** A folder with a topology of Elm and Oak, whose entries and top level have some more keys. */
async function place(t: Test, more: object, top: object = {}): Promise<Place> {
  const { servers, links } = await freePorts(PAIR)
  const entries = Object.fromEntries(
    [...servers].map(([name, { host, port }]) => [name, { host, port, ...more }]),
  )
  const ports = Object.fromEntries([...servers].map(([name, { port }]) => [name, port]))
  const folder = t.testdir({ 'herd.json': JSON.stringify({ servers: entries, links, ...top }) })
  return { folder, ports, flags: ['--topology', `${folder}/herd.json`] }
}

/** Runs servers until they show something, and perhaps for as long as an action takes. */
async function until(
  argv: readonly string[],
  mark: string,
  act: () => Promise<void> = () => Promise.resolve(),
): Promise<Terminal> {
  const terminal = new Terminal()
  const ended = terminal.run(...argv)
  await terminal.stdout.shows(mark)
  await act()
  terminal.interrupt()
  await ended
  return terminal
}

t.test('a server on localhost prints and logs all of its addresses', async (t) => {
  const { flags, ports, folder } = await place(t, { host: 'localhost' })
  const state = ['--state', `${folder}/state`, '--no-store']
  const { Elm = 0, Oak = 0 } = ports
  const serve = await until(['serve', 'Elm', ...flags, ...state], 'log in')
  const words = HAS_IPV6 ? `127.0.0.1:${Elm} and [::1]:${Elm}` : `127.0.0.1:${Elm}`
  t.match(serve.stdout.text, `Elm listens on ${words}, log in `)
  const up = await until(['herd', 'up', ...flags, ...state], 'the link is up')
  const cells = HAS_IPV6 ? `127.0.0.1:${Oak}, [::1]:${Oak}` : `127.0.0.1:${Oak}`
  t.match(up.stdout.text, `\nOak     ${cells}  off   Elm `)
  const log = readFileSync(`${folder}/state/logs/Oak.log`, 'utf8')
  for (const address of cells.split(', ')) t.match(log, `"what":"listening","address":"${address}"`)
  t.equal(up.stderr.text, '')
})

t.test('a server listens on the host in "listen" and is reached at the one in "host"', async (t) => {
  const { flags, ports, folder } = await place(t, { listen: '0.0.0.0' })
  const { Elm = 0 } = ports
  const up = await until(
    ['herd', 'up', ...flags, '--state', `${folder}/state`, '--no-store'],
    'the link is up',
    async () => {
      const client = new Terminal()
      t.equal(await client.run('send', 'Elm', 'IAMAT kiwi +34-118 5', ...flags), 0)
      t.match(client.stdout.text, /^AT Elm /)
      const asked = new Terminal()
      t.equal(await asked.run('herd', 'status', ...flags), 0)
      t.match(asked.stdout.text, `Elm     127.0.0.1:${Elm} `)
    },
  )
  t.match(up.stdout.text, `\nElm     0.0.0.0:${Elm}  off   Oak `)
  t.match(up.stderr.text, /^proxyherd: Elm listens on 0\.0\.0\.0 without a herd key: /)
})

t.test('a server that others reach through loopback also warns', async (t) => {
  const { flags, folder } = await place(t, { host: 'elm.example', listen: '127.0.0.1' })
  const { stderr } = await until(['serve', 'Elm', ...flags, '--state', `${folder}/state`], 'log in')
  t.match(stderr.text, /^proxyherd: Elm is reached at elm\.example without a herd key: /)
})

t.test('servers warn once about unknown keys, and other commands do not', async (t) => {
  const { flags, folder } = await place(t, { region: 'eu' }, { 'v2\u202e': true })
  const state = ['--state', `${folder}/state`, '--no-store']
  const warnings =
    `proxyherd: ${folder}/herd.json: the key "v2\\u{202e}" at the top level is unknown to this version and ignored\n` +
    `proxyherd: ${folder}/herd.json: the key "region" of Elm and Oak is unknown to this version and ignored\n`
  const up = await until(['herd', 'up', ...flags, ...state], 'the link is up', async () => {
    const quiet = [
      ['send', 'Elm', 'IAMAT kiwi +34-118 5', ...flags],
      ['herd', 'status', ...flags],
    ]
    for (const argv of quiet) {
      const terminal = new Terminal()
      t.equal(await terminal.run(...argv), 0)
      t.equal(terminal.stderr.text, '')
    }
  })
  t.equal(up.stderr.text, warnings)
  const serve = await until(['serve', 'Elm', ...flags, ...state], 'log in')
  t.equal(serve.stderr.text, warnings)
  const check = new Terminal()
  t.equal(await check.run('herd', 'check', ...flags), 0)
  t.match(check.stdout.text, /^warning the key "region" of Elm and Oak is unknown to this version/m)
})
