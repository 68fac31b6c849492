import { chmodSync, readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { SECRET } from '../fixtures/places-failures.js'
import { startService } from '../fixtures/places-service.js'
import { Terminal, type TerminalOptions } from '../fixtures/terminal.js'

const ALONE = { servers: ['Clark'], links: [] } as const

/** A folder with a topology, the file of a key, and the flags to use them. */
async function place(t: Test): Promise<{ folder: string; flags: string[] }> {
  const topology = topologyFile(await freePorts(ALONE))
  const folder = t.testdir({
    'topology.json': topology,
    key: `${SECRET}\n`,
    empty: '\n',
    two: 'one\ntwo\n',
    folder: {},
  })
  chmodSync(`${folder}/key`, 0o600)
  return {
    folder,
    flags: ['--topology', `${folder}/topology.json`, '--state', `${folder}/state`, '--no-store'],
  }
}

interface Outcome {
  readonly reply: string
  readonly log: string
  readonly printed: string
}

/** What a client of a server is answered, and what the server logs and prints. */
async function ask(t: Test, argv: readonly string[], options?: TerminalOptions): Promise<Outcome> {
  const { folder, flags } = await place(t)
  const server = new Terminal(options)
  const ended = server.run('serve', 'Clark', ...flags, ...argv.map((word) => word.replace('FOLDER', folder)))
  await server.stdout.shows('listens on')
  const client = new Terminal()
  const topology = ['--topology', `${folder}/topology.json`]
  await client.run('send', 'Clark', 'IAMAT kiwi +34-118 5', 'WHATSAT kiwi 1 1', ...topology)
  server.interrupt()
  t.equal(await ended, 0)
  return {
    reply: client.stdout.text,
    log: readFileSync(`${folder}/state/logs/Clark.log`, 'utf8'),
    printed: server.stdout.text + server.stderr.text + client.stderr.text,
  }
}

const echoes: Record<string, (response: ServerResponse) => void> = {
  REQUEST_DENIED: (response) =>
    response
      .setHeader('x-key', SECRET)
      .end(`{"error_message": "${SECRET} is denied", "results": [], "status": "REQUEST_DENIED"}`),
  '403': (response) => response.writeHead(403, `No ${SECRET}`).end(`{"error": "${SECRET} is denied"}`),
}

t.test('a key that the service echoes reaches neither clients nor the log', async (t) => {
  for (const [status, answer] of Object.entries(echoes))
    for (const places of ['google', 'google-new']) {
      const service = await startService(t, answer)
      const flags = ['--places', places, '--places-url', service.url, '--places-key-file', 'FOLDER/key']
      const { reply, log, printed } = await ask(t, flags, { env: { PROXYHERD_DEBUG: '1' } })
      t.equal(service.requests.length, 1)
      for (const text of [reply, log, printed]) t.notMatch(text, new RegExp(SECRET, 'i'))
      t.match(reply, `"error_message": "the places service \\"${places}\\" `)
      t.match(reply, '"status": "UNKNOWN_ERROR"')
      t.notMatch(reply, 'is denied', 'clients get our words')
      const entry = log.split('\n').find((line) => line.includes('"kind":"places"')) ?? ''
      t.notMatch(entry, '"outcome":"ok"')
      t.match(entry, /"detail":".*\[places key\] is denied/)
      if (places === 'google') t.match(entry, status)
      t.notMatch(process.title, SECRET)
    }
})

t.test('the key may come from the environment, with space around it', async (t) => {
  const service = await startService(t, (response) => response.end('{"status": "OK"}'))
  const env = { GOOGLE_PLACES_API_KEY: ` ${SECRET}\n` }
  const { reply } = await ask(t, ['--places-url', service.url], { env })
  t.equal(service.requests[0]?.url.searchParams.get('key'), SECRET)
  t.match(reply, '{"status": "OK"}')
})

t.test('a key file that others may read causes a warning', async (t) => {
  const { folder, flags } = await place(t)
  chmodSync(`${folder}/key`, 0o644)
  const server = new Terminal()
  const ended = server.run('serve', 'Clark', ...flags, '--places-key-file', `${folder}/key`)
  await server.stdout.shows('listens on')
  server.interrupt()
  await ended
  t.equal(
    server.stderr.text,
    `proxyherd: other users have access to ${folder}/key: run "chmod 600 ${folder}/key"\n`,
  )
})

t.test('a file without a key is named in the error, but its contents are not shown', async (t) => {
  const { folder, flags } = await place(t)
  const cases: Record<string, string> = {
    empty: 'is empty',
    two: 'must hold an API key and nothing else',
    folder: 'cannot be read: it is a folder',
    none: 'cannot be read: there is no such file',
  }
  for (const [name, why] of Object.entries(cases)) {
    const server = new Terminal({ env: { PROXYHERD_DEBUG: '1' } })
    t.equal(await server.run('serve', 'Clark', ...flags, '--places-key-file', `${folder}/${name}`), 1)
    t.equal(server.stderr.text.split('\n').at(-2), `proxyherd: ${folder}/${name} ${why}`)
  }
})
