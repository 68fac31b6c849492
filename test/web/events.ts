import t from 'tap'
import { EventReader } from '../fixtures/event-reader.js'
import { WebHerd, type WebResponse } from '../fixtures/web-herd.js'

let time = 1_000

/** Reports a position, at Clark unless another server is named. */
async function put(
  herd: WebHerd,
  id: string,
  latitude: number,
  longitude: number,
  server = 'Clark',
): Promise<WebResponse> {
  time += 1
  const body = { position: { latitude, longitude }, time }
  return herd.askServer(server, `PUT /v1/clients/${id}`, { body })
}

t.test('a stream of clients has their newest reports and then each change, on every server', async (t) => {
  const herd = await WebHerd.start(t)
  for (const server of ['Clark', 'Johnson']) {
    await put(herd, 'kiwi', 1, 2)
    const reader = await EventReader.open(herd, 'client=kiwi&client=lime', { server })
    t.match(await reader.next(), { type: 'reset', data: { server } })
    t.match(await reader.next(), { type: 'report', data: { id: 'kiwi', server: 'Clark', skipped: 0 } })
    if (server === 'Johnson') t.same(await reader.texts(1), [`report lime ${time - 1}`])
    await put(herd, 'plum', 1, 2)
    await put(herd, 'lime', 3, 4)
    t.match(await reader.next(), {
      type: 'report',
      data: { id: 'lime', position: { latitude: '3', longitude: '4' }, time: String(time) },
    })
    t.match(reader.lastId, /^\d+-\d+$/)
    reader.close()
  }
})

t.test('an area detects who enters and who exits, and whatever else is asked for', async (t) => {
  const herd = await WebHerd.start(t)
  await put(herd, 'in', 10, 10)
  const box = 'bbox=9,9,11,11'
  const usual = await EventReader.open(herd, box)
  const all = await EventReader.open(herd, `${box}&detect=enter,exit,inside,cross`)
  const near = await EventReader.open(herd, 'near=10,10&radiusKm=5.5&detect=exit')
  for (const reader of [usual, all, near]) t.same(await reader.texts(2), ['reset', `report in ${time}`])
  await put(herd, 'in', 10, 10.001)
  await put(herd, 'in', 20, 20)
  await put(herd, 'far', 10, 0)
  await put(herd, 'far', 10, 30)
  await put(herd, 'far', 9.5, 9.5)
  t.same(await usual.texts(2), [`exit in ${time - 3}`, `enter far ${time}`])
  t.same(await all.texts(4), [
    `inside in ${time - 4}`,
    `exit in ${time - 3}`,
    `cross far ${time - 1}`,
    `enter far ${time}`,
  ])
  const exit = await near.next()
  t.match(exit, { type: 'exit', data: { id: 'in' } })
  t.equal(exit.data['distanceMetres'], 1_544_759.695)
  for (const reader of [usual, all, near]) reader.close()
})

t.test('the circle around a client moves with it', async (t) => {
  const herd = await WebHerd.start(t)
  await put(herd, 'dog', 5, 5)
  const reader = await EventReader.open(herd, 'around=owner&radiusKm=10')
  t.same(await reader.texts(1), ['reset'])
  await put(herd, 'owner', 5, 5.01)
  t.match(await reader.next(), { type: 'enter', data: { id: 'dog', distanceMetres: 1_107.719 } })
  await put(herd, 'owner', 6, 5)
  t.match(await reader.next(), { type: 'exit', data: { id: 'dog', distanceMetres: 111_195.08 } })
  reader.close()
})

t.test('a reader that comes back gets what it has missed, or all from the beginning', async (t) => {
  const herd = await WebHerd.start(t)
  const query = 'client=kiwi&client=lime'
  const first = await EventReader.open(herd, query)
  t.same(await first.texts(1), ['reset'])
  await first.begun()
  await put(herd, 'kiwi', 1, 2)
  t.same(await first.texts(1), [`report kiwi ${time}`])
  const { lastId } = first
  first.close()
  for (let n = 0; n < 3; n += 1) await put(herd, 'kiwi', n, 2)
  await put(herd, 'lime', 1, 2)
  const back = await EventReader.open(herd, query, { lastId })
  t.same(await back.texts(4), [
    `report kiwi ${time - 3}`,
    `report kiwi ${time - 2}`,
    `report kiwi ${time - 1}`,
    `report lime ${time}`,
  ])
  back.close()
  const [run = ''] = lastId.split('-')
  for (const unknown of [`${run}-999999`, '1-1', 'x', '']) {
    const reader = await EventReader.open(herd, query, { lastId: unknown })
    t.same(await reader.texts(3), ['reset', `report kiwi ${time - 1}`, `report lime ${time}`])
    t.equal(await reader.begun(), back.lastId)
    reader.close()
  }
  const elsewhere = await EventReader.open(herd, query, { lastId, server: 'Johnson' })
  t.same(await elsewhere.texts(1), ['reset'])
  elsewhere.close()
})

t.test('superseded reports are sent by the server that has received them', async (t) => {
  const herd = await WebHerd.start(t)
  const [here, there] = await Promise.all(
    ['Clark', 'Johnson'].map((server) => EventReader.open(herd, 'client=kiwi&superseded=true', { server })),
  )
  const plain = await EventReader.open(herd, 'client=kiwi')
  for (const reader of [here, there, plain]) await reader?.texts(1)
  await here?.begun()
  const put = (times: number[]): Promise<string> =>
    herd.servers.ask('Clark', times.map((time) => `IAMAT kiwi +1+2 ${time}\n`).join(''))
  await put([5, 3, 6, 7])
  const texts = (await here?.texts(4)) ?? []
  t.same([...texts].sort(), ['report kiwi 7', 'superseded kiwi 3', 'superseded kiwi 5', 'superseded kiwi 6'])
  t.same(await plain.texts(1), ['report kiwi 7'])
  t.same(await there?.texts(1), ['report kiwi 7'])
  for (const reader of [here, there, plain]) reader?.close()
})

t.test('a stop ends streams', async (t) => {
  const herd = await WebHerd.start(t)
  const reader = await EventReader.open(herd, 'client=kiwi')
  t.same(await reader.texts(1), ['reset'])
  const stopped = herd.servers.herd.stop('Clark')
  t.match(await reader.peer.closed, /\r\n0\r\n\r\n$/)
  await stopped
})

t.test('a request says what it wants to know', async (t) => {
  const herd = await WebHerd.start(t)
  const many = Array.from({ length: 101 }, (_, n) => `client=c${n}`).join('&')
  const cases: [query: string, parameter: string | undefined][] = [
    ['', undefined],
    ['client=kiwi&bbox=1,1,2,2', undefined],
    ['client=a%20b', 'client'],
    [many, 'client'],
    ['client=kiwi&detect=enter', 'detect'],
    ['near=1,1', 'radiusKm'],
    ['near=1&radiusKm=1', 'near'],
    ['near=1,1&radiusKm=x', 'radiusKm'],
    ['bbox=1,1,2,2&radiusKm=1', 'radiusKm'],
    ['bbox=1,1,2', 'bbox'],
    ['around=&radiusKm=1', 'around'],
    ['around=kiwi', 'radiusKm'],
    ['bbox=1,1,2,2&detect=enter,leave', 'detect'],
    ['client=kiwi&superseded=maybe', 'superseded'],
    ['client=kiwi&since=1', 'since'],
  ]
  for (const [query, parameter] of cases) {
    const { status, json } = await herd.ask(`GET /v1/events?${query}`)
    t.equal(status, 400, query)
    if (parameter !== undefined) t.match(json, { errors: [{ parameter }] }, query)
  }
  t.equal((await herd.ask('HEAD /v1/events?client=kiwi')).status, 200)
})
