import t from 'tap'
import { EventReader } from '../fixtures/event-reader.js'
import { anyPorts } from '../fixtures/herd.js'
import { TestTokens } from '../fixtures/tokens.js'
import { WebHerd, type WebResponse } from '../fixtures/web-herd.js'

const PAIR = anyPorts({ servers: ['Clark', 'Juzang'], links: [['Clark', 'Juzang']] })

const NAMES = ['Clark', 'Bernard', 'Jaquez', 'Johnson', 'Juzang']

/** The clock of the servers stands still here. */
const NOW = 1_621_464_828

function put(herd: WebHerd, id: string, time: number): Promise<WebResponse> {
  return herd.ask(`PUT /v1/clients/${id}`, { body: { position: { latitude: 1, longitude: 2 }, time } })
}

t.test('a client is forgotten on every server, whatever the time of its report', async (t) => {
  const herd = await WebHerd.start(t)
  await put(herd, 'kiwi', 9_999_999_999)
  const watcher = await EventReader.open(herd, 'client=kiwi', { server: 'Johnson' })
  await watcher.begun()
  t.match(await herd.askServer('Juzang', 'DELETE /v1/clients/kiwi'), { status: 204, text: '' })
  t.same(await watcher.texts(1), ['forgotten kiwi 9999999999'])
  for (const name of NAMES) t.equal((await herd.askServer(name, 'GET /v1/clients/kiwi')).status, 404, name)
  t.match((await herd.ask('GET /v1/clients?near=1,2')).json, { clients: [] })
  t.match((await put(herd, 'kiwi', NOW)).json, { isNewest: true })
  for (const name of NAMES)
    t.match((await herd.askServer(name, 'GET /v1/clients/kiwi')).json, { time: `${NOW}` }, name)
  watcher.close()
})

t.test('"until" forgets what was reported up to a time', async (t) => {
  const herd = await WebHerd.start(t, { topology: PAIR, maxFutureSeconds: 60 })
  await put(herd, 'kiwi', 5)
  t.equal((await herd.ask('DELETE /v1/clients/kiwi?until=4.999')).status, 204)
  t.equal((await herd.ask('GET /v1/clients/kiwi')).status, 200)
  t.equal((await herd.ask('DELETE /v1/clients/kiwi?until=5')).status, 204)
  t.equal((await herd.ask('GET /v1/clients/kiwi')).status, 404)
  t.match((await put(herd, 'kiwi', 5)).json, { isNewest: false })
  t.match((await put(herd, 'kiwi', 6)).json, { isNewest: true })
  const refused: [until: string, detail: string][] = [
    ['tomorrow', '"until" must be POSIX seconds such as 1621464827.9, not "tomorrow"'],
    ['', '"until" must be POSIX seconds such as 1621464827.9, not ""'],
    [`${NOW + 61}`, "the forget is refused: its time is more than 60 s ahead of the server's clock"],
  ]
  for (const [until, detail] of refused)
    t.match((await herd.ask(`DELETE /v1/clients/kiwi?until=${until}`)).json, {
      status: 400,
      detail,
      errors: [{ parameter: 'until' }],
    })
  t.equal((await herd.ask('GET /v1/clients/kiwi')).status, 200)
})

t.test('any client can be forgotten, also an unknown one, and a body is ignored', async (t) => {
  const herd = await WebHerd.start(t, { topology: PAIR })
  for (const path of ['%FF%00', '-?id=..', 'kiwi', 'kiwi'])
    t.equal((await herd.ask(`DELETE /v1/clients/${path}`, { body: { why: 'asked' } })).status, 204, path)
  t.equal((await herd.ask('DELETE /v1/clients/%20')).status, 400)
  t.equal((await herd.ask('DELETE /v1/clients/kiwi?untill=5')).status, 400)
  const forgets = herd.servers.logs.get('Clark')?.entries.filter(({ kind }) => kind === 'forget')
  const lines = ['FORGET \xff\0', 'FORGET ..', 'FORGET kiwi', 'FORGET kiwi']
  t.match(
    forgets,
    lines.map((line) => ({ line, who: /^127\.0\.0\.1:/ })),
  )
})

t.test('a client is not forgotten where FORGET would be refused', async (t) => {
  const herd = await WebHerd.start(t, { topology: PAIR, names: ['Clark'] })
  const link = await herd.servers.linkFrom(t, 'Juzang', 'Clark')
  // Who compares without having named it does not know it.
  link.write(`DIGEST ${'1'.repeat(16)} 0\nPING 6\n`)
  await link.read('PONG 6')
  await put(herd, 'kiwi', NOW)
  t.match((await herd.ask('DELETE /v1/clients/kiwi')).json, {
    status: 409,
    detail: 'the forget is refused: the version of Juzang, which is linked, does not know FORGET',
  })
  t.equal((await herd.ask('GET /v1/clients/kiwi')).status, 200)
  const full = await WebHerd.start(t, { topology: PAIR, maxMemoryBytes: 1 })
  t.match((await full.ask('DELETE /v1/clients/kiwi')).json, {
    status: 503,
    detail: 'the forget is refused: the memory for reports is full, and this client is new',
  })
})

t.test('the response waits until the forget is on disk, and says if it cannot be written', async (t) => {
  let commit: (isSafe: boolean) => void = () => undefined
  let asked: () => void = () => undefined
  const hasAsked = new Promise<void>((resolve) => (asked = resolve))
  const committed = (): Promise<boolean> => {
    asked()
    return new Promise((resolve) => (commit = resolve))
  }
  const store = {
    flush: () => undefined,
    committed,
    close: () => Promise.resolve(0),
    status: { unsaved: 0, fault: undefined, lost: 0 },
  }
  const openStore = (): Promise<never> => Promise.resolve(store as never)
  const herd = await WebHerd.start(t, { topology: PAIR, commitsFirst: true, openStore })
  const events: string[] = []
  const answered = herd.ask('DELETE /v1/clients/kiwi').then(({ status }) => events.push(`${status}`))
  await hasAsked
  t.equal((await herd.ask('GET /healthz')).status, 200)
  events.push('committed')
  commit(true)
  await answered
  t.same(events, ['committed', '204'])
  const failed = new Promise<void>((resolve) => (asked = resolve))
  const refused = herd.ask('DELETE /v1/clients/kiwi')
  await failed
  commit(false)
  t.match((await refused).json, { status: 503, detail: 'the forget could not be written to disk' })
})

t.test('forgetting needs a token with that right, and is logged with its name', async (t) => {
  const tokens = new TestTokens({ fleet: 'report:*,read:*,control', eraser: 'forget', all: 'read:*' })
  const { authorization } = tokens
  const herd = await WebHerd.start(t, { topology: PAIR, authorization, token: tokens.of('all') })
  const shown = (name: string): Record<string, string> => ({ authorization: `Bearer ${tokens.of(name)}` })
  t.match((await herd.ask('DELETE /v1/clients/kiwi', { headers: shown('fleet') })).json, {
    status: 403,
    detail: 'the token does not allow this',
  })
  t.equal((await herd.ask('DELETE /v1/clients/kiwi', { headers: shown('eraser') })).status, 204)
  const used = herd.servers.logs
    .get('Clark')
    ?.entries.filter((entry) => entry.kind === 'token' && entry.what === 'used')
  t.match(used, [{ token: 'eraser', why: 'FORGET', who: /^127\.0\.0\.1:/ }])
  t.equal(used?.length, 1)
})
