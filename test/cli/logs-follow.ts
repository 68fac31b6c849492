import { once } from 'node:events'
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import t from 'tap'
import { EXIT } from '../../src/cli/exit.js'
import { logs } from '../../src/cli/logs.js'
import { lineIn, until } from '../fixtures/log.js'
import { at, clark, now, run, stateOf, terminal } from '../fixtures/shown-logs.js'

t.test('a pattern that takes for ever is ended by Ctrl-C', async (t) => {
  const state = t.testdir({ logs: { 'Clark.log': at(1, 'Clark', lineIn(`${'x'.repeat(40)}!`)) } })
  const search = Object.getOwnPropertyDescriptor(String.prototype, 'search') as PropertyDescriptor
  t.teardown(() => Object.defineProperty(String.prototype, 'search', search))
  for (const options of [{}, { tail: '1' }]) {
    const streams = terminal()
    // The signal comes when the search has just begun.
    const value = function (this: string, pattern: RegExp): number {
      process.kill(process.pid, 'SIGINT')
      return pattern.exec(this)?.index ?? -1
    }
    Object.defineProperty(String.prototype, 'search', { ...search, value })
    t.equal(await run([], { state, grep: '(x+x+)+y', ...options }, streams), EXIT.done)
    t.equal(streams.printed(), '')
  }
})

t.test('-f waits for logs that do not exist yet', async (t) => {
  const state = t.testdir({})
  const stop = new AbortController()
  const all = terminal({ signal: stop.signal })
  const named = terminal({ signal: stop.signal })
  const following = [run([], { state, follow: true }, all), run(['Elm'], { state, follow: true }, named)]
  await until(() => all.errors() !== '' && named.errors() !== '')
  t.equal(all.errors(), `proxyherd: no logs in ${state}/logs yet, waiting\n`)
  t.equal(named.errors(), `proxyherd: no log of "Elm" in ${state}/logs yet, waiting\n`)
  mkdirSync(join(state, 'logs'))
  writeFileSync(join(state, 'logs', 'Elm.log'), at(1, 'Elm', lineIn('one')))
  await until(() => all.printed() !== '' && named.printed() !== '')
  writeFileSync(join(state, 'logs', 'Clark.log'), at(2, 'Clark', lineIn('two')))
  await until(() => all.printed().includes('two'))
  stop.abort()
  await Promise.all(following)
  t.match(all.printed(), /one\n.*two\n$/)
  t.match(named.printed(), /one\n$/)
})

t.test('-f -n 0 shows only what is logged from now on, whatever its time', async (t) => {
  const state = stateOf(t)
  const stop = new AbortController()
  const streams = terminal({ signal: stop.signal })
  let looks = 0
  const counting = (): bigint => {
    looks += 1
    return now
  }
  const options = { state, utc: true, follow: true, tail: '0' }
  const following = logs(['Clark'], options, streams, counting)
  await until(() => looks > 5)
  t.equal(streams.printed(), '')
  appendFileSync(join(state, 'logs', 'Clark.log'), at(2, 'Clark', lineIn('new')))
  await until(() => streams.printed() !== '')
  stop.abort()
  await following
  t.match(streams.printed(), /^20:32:02.*new\n$/)
})

t.test('-f continues through a rotation until it is asked to end', async (t) => {
  const state = stateOf(t)
  const path = join(state, 'logs', 'Clark.log')
  const stop = new AbortController()
  const streams = terminal({ signal: stop.signal })
  const following = run(['Clark'], { state, follow: true }, streams)
  const shows = (text: string): Promise<void> => until(() => streams.printed().endsWith(`${text}\n`))
  await shows('→ Bernard AT Clark')
  appendFileSync(path, at(6, 'Clark', lineIn('before')))
  renameSync(path, `${path}.1`)
  writeFileSync(path, at(7, 'Clark', lineIn('after')))
  await shows('after')
  t.match(streams.printed(), /before\n.*after\n$/)
  stop.abort()
  t.equal(await following, EXIT.done)
})

t.test('logs ends quietly when its reader is gone', async (t) => {
  const state = stateOf(t)
  for (const follow of [false, true]) {
    // Like a pipe to `head -1`.
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      },
    })
    t.equal(await run([], { state, follow }, { ...terminal(), stdout }), EXIT.done)
  }
})

t.test('logs waits for a slow reader until it is asked to end', async (t) => {
  const state = t.testdir({ logs: { 'Clark.log': clark.join('').repeat(2_000) } })
  const stop = new AbortController()
  const stdout = new PassThrough()
  const printing = run([], { state }, { ...terminal({ signal: stop.signal }), stdout })
  await once(stdout, 'readable')
  t.ok(stdout.readableLength < 200_000)
  stdout.read()
  await once(stdout, 'readable')
  stop.abort()
  t.equal(await printing, EXIT.done)
})
