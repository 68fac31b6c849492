import t from 'tap'
import { Flood, MAX_WANTED, type Message } from '../../src/flood/flood.js'
import type { Report } from '../../src/protocol/report.js'
import { report } from '../fixtures/reports.js'

const old = report('AT Clark +0.1 kiwi +1+1 1')
const newer = report('AT Clark +0.1 kiwi +2+2 2')
const KEY = [1, 2, 3, 4] as const

/** What is to be sent to a neighbour but for sync. */
function take(flood: Flood, neighbour: string, most: number): Report[] {
  return flood.take(neighbour, most).flatMap((message) => (message.kind === 'report' ? [message.report] : []))
}

const lime = report('AT Clark +0.1 lime +1+1 1')

function linked(...neighbours: string[]): Flood {
  const flood = new Flood('Clark', KEY)
  neighbours.forEach((neighbour) => {
    flood.linkUp(neighbour, 'plain')
  })
  return flood
}

t.test('news from a client is stored and told to every neighbour', async (t) => {
  const flood = linked('Bernard', 'Juzang')
  t.equal(flood.hear(old), true)
  t.equal(flood.get('kiwi'), old)
  t.same(take(flood, 'Bernard', 10), [old])
  t.same(take(flood, 'Juzang', 10), [old])
  t.same(take(flood, 'Juzang', 10), [], 'once')
})

t.test('a newer position of a known client is news', async (t) => {
  const flood = linked('Bernard')
  flood.hear(old)
  take(flood, 'Bernard', 10)
  t.equal(flood.hear(newer), true)
  t.same(take(flood, 'Bernard', 10), [newer])
})

t.test('news from a neighbour is not told back to it', async (t) => {
  const flood = linked('Bernard', 'Juzang')
  t.equal(flood.hear(old, 'Bernard'), true)
  t.same(take(flood, 'Bernard', 10), [])
})

t.test('what is known, or older, stops here', async (t) => {
  const flood = linked('Bernard')
  flood.hear(newer)
  take(flood, 'Bernard', 10)
  t.equal(flood.hear(newer), false)
  t.equal(flood.hear(newer, 'Bernard'), false)
  t.equal(flood.hear(old), false)
  t.equal(flood.get('kiwi'), newer)
  t.same(take(flood, 'Bernard', 10), [])
})

t.test('a neighbour that lags behind is told only the newest of each client', async (t) => {
  const flood = linked('Bernard')
  flood.hear(old)
  flood.hear(lime)
  flood.hear(newer)
  t.equal(flood.pending('Bernard'), 2)
  t.same(take(flood, 'Bernard', 1), [newer])
  t.same(take(flood, 'Bernard', 1), [lime])
  t.equal(flood.pending('Bernard'), 0)
})

t.test('a neighbour that says what it was still to be told need not be told', async (t) => {
  const flood = linked('Bernard')
  flood.hear(old)
  flood.hear(old, 'Bernard')
  t.equal(flood.pending('Bernard'), 0)
  flood.hear(old)
  flood.hear(newer, 'Bernard')
  t.equal(flood.pending('Bernard'), 0, 'nor of what is older than what it says')
})

t.test('a neighbour that says something older is told still', async (t) => {
  const flood = linked('Bernard')
  flood.hear(newer)
  flood.hear(old, 'Bernard')
  t.same(take(flood, 'Bernard', 10), [newer])
})

t.test('a neighbour in the same process is told of all that is known, and of news at once', async (t) => {
  const flood = new Flood('Clark', KEY)
  flood.hear(old)
  const told: Report[] = []
  flood.linkAtOnce('Bernard', (report) => told.push(report))
  t.same(told, [old])
  flood.hear(newer)
  flood.hear(lime, 'Bernard')
  t.same(told, [old, newer], 'but not of what it has told itself')
  t.equal(flood.hasToTell('Bernard'), false)
  t.equal(flood.lacks(old), false)
  t.equal(flood.lacks(newer), false)
  t.equal(flood.lacks(report('AT Clark +0.1 fig +1+1 1')), true)
})

t.test(
  'a link that comes up is told all that is known, once it is down nothing is kept for it',
  async (t) => {
    const flood = new Flood('Clark', KEY)
    t.equal(flood.hear(old), true)
    flood.hear(lime)
    t.equal(flood.size, 2)
    flood.linkUp('Bernard', 'plain')
    t.same(take(flood, 'Bernard', 10), [old, lime])
    flood.linkDown('Bernard')
    t.equal(flood.hear(newer), true)
    t.equal(flood.pending('Bernard'), 0)
    t.same(take(flood, 'Bernard', 10), [])
    t.same([...flood.reports()], [newer, lime])
  },
)

/** Lets two linked floods talk, so many messages at a time, until neither has more to say; gives what was said. */
function talk(a: [string, Flood], b: [string, Flood], most = 3): Message[] {
  const said: Message[] = []
  const say = ([from, speaker]: [string, Flood], [to, listener]: [string, Flood]): void => {
    for (const message of speaker.take(to, most)) {
      said.push(message)
      if (message.kind === 'report') listener.hear(message.report, from)
      else listener.hearSync(message, from)
    }
  }
  while (a[1].hasToTell(b[0]) || b[1].hasToTell(a[0])) {
    say(a, b)
    say(b, a)
  }
  return said
}

t.test('neighbours that hold the same say so in a few bytes', async (t) => {
  const [clark, oak] = [new Flood('Clark', KEY), new Flood('Oak', KEY)]
  for (let client = 0; client < 1_000; client += 1) {
    const same = report(`AT Clark +0.1 c${client} +1+1 1`)
    clark.hear(same)
    oak.hear(same)
  }
  t.equal(clark.digest, oak.digest)
  clark.linkUp('Oak', 'proxyherd')
  oak.linkUp('Clark', 'proxyherd')
  t.equal(clark.inSync('Oak'), undefined, 'nobody knows before they have compared')
  t.same(
    talk(['Clark', clark], ['Oak', oak]).map(({ kind }) => kind),
    ['digest', 'digest'],
  )
  t.equal(clark.inSync('Oak'), true)
  t.equal(oak.inSync('Clark'), true)
})

t.test('neighbours that differ exchange only what differs, either way', async (t) => {
  const [clark, oak] = [new Flood('Clark', KEY), new Flood('Oak', KEY)]
  for (let client = 0; client < 1_000; client += 1) {
    const shared = report(`AT Clark +0.1 c${client} +1+1 1`)
    clark.hear(shared)
    oak.hear(shared)
  }
  clark.hear(newer)
  oak.hear(old)
  oak.hear(lime)
  clark.linkUp('Oak', 'proxyherd')
  oak.linkUp('Clark', 'proxyherd')
  const said = talk(['Clark', clark], ['Oak', oak])
  t.equal(clark.digest, oak.digest)
  t.equal(oak.get('kiwi'), newer)
  t.equal(clark.get('lime'), lime)
  t.equal(clark.inSync('Oak'), false, 'which is known only when they compare again')
  t.ok(said.filter(({ kind }) => kind === 'report').length <= 3, 'the older one may be told too')
  clark.compare('Oak')
  oak.compare('Clark')
  talk(['Clark', clark], ['Oak', oak])
  t.equal(clark.inSync('Oak'), true)
})

t.test('what is said of a table by one that is not linked is not heard', async (t) => {
  const flood = new Flood('Clark', KEY)
  flood.hearSync({ kind: 'want', bucket: 0, digests: [] }, 'Oak')
  flood.compare('Oak')
  t.equal(flood.hasToTell('Oak'), false)
  t.equal(flood.inSync('Oak'), undefined)
})

t.test('a neighbour that asks for what has been replaced meanwhile gets nothing old', async (t) => {
  const flood = linked('Oak')
  flood.hear(newer)
  take(flood, 'Oak', 10)
  flood.hearSync({ kind: 'want', bucket: 0, digests: ['0123456789abcdef'] }, 'Oak')
  t.equal(flood.hasToTell('Oak'), false)
})

t.test('what a neighbour makes us say does not pile up while it does not read', async (t) => {
  const flood = new Flood('Oak', KEY)
  flood.linkUp('Clark', 'proxyherd')
  const digests = Array.from({ length: 1_000 }, (_, index) => String(index).padStart(16, '0'))
  for (let times = 0; times < 1_000; times += 1) {
    flood.compare('Clark')
    flood.hearSync({ kind: 'digest', digest: '0123456789abcdef', clients: 1 }, 'Clark')
    flood.hearSync({ kind: 'have', bucket: times, digests }, 'Clark')
    flood.hearSync({ kind: 'have', bucket: 999_999_999 - times, digests }, 'Clark')
  }
  const said = flood.take('Clark', Infinity)
  t.same(
    said.map(({ kind }) => kind),
    ['digest', 'buckets', ...Array<string>(65).fill('want'), ...Array<string>(935).fill('have')],
  )
  t.equal(flood.hasToTell('Clark'), false)
  flood.hearSync({ kind: 'have', bucket: 0, digests }, 'Clark')
  t.same(flood.take('Clark', 1), [{ kind: 'want', bucket: 0, digests }], 'what has been read counts no more')
})

t.test('neighbours come to hold the same though one lacks more than it may ask for at once', async (t) => {
  const [clark, oak] = [new Flood('Clark', KEY, 4), new Flood('Oak', KEY, 4)]
  for (let client = 0; client < MAX_WANTED + 5_000; client += 1)
    clark.hear(report(`AT Clark +0.1 c${client} +1+1 1`))
  clark.linkUp('Oak', 'proxyherd')
  oak.linkUp('Clark', 'proxyherd')
  const said = talk(['Clark', clark], ['Oak', oak], 10)
  t.equal(clark.digest, oak.digest)
  // Both digests, one BUCKETS, a HAVE of each bucket; and a WANT of all but one, which Oak says what it holds of instead.
  t.equal(said.length - clark.size, 3 + 4 + 4)
})
