import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lockLog } from '../../src/cli/log-lock.js'
import { StartLeftovers } from '../../src/cli/start-leftovers.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { Terminal } from '../fixtures/terminal.js'

t.test('two servers that share a log say so at start, if one of them has no store', async (t) => {
  const folder = t.testdir({})
  let count = 0
  const start = async (...more: string[]): Promise<[Terminal, Promise<number>]> => {
    const topology = topologyFile(await freePorts({ servers: ['Clark'], links: [] }))
    count += 1
    writeFileSync(`${folder}/herd${count}.json`, topology)
    const terminal = new Terminal()
    const flags = ['--topology', `${folder}/herd${count}.json`, '--state', `${folder}/state`, ...more]
    const ended = terminal.run('serve', 'Clark', ...flags)
    await terminal.stdout.shows('Clark listens on')
    return [terminal, ended]
  }
  const [first, firstEnded] = await start()
  t.equal(first.stderr.text, '')
  const [second, secondEnded] = await start('--no-store')
  const warning = `proxyherd: Clark: another process also logs to ${folder}/state/logs/Clark.log\n`
  t.equal(second.stderr.text, warning)
  for (const terminal of [first, second]) terminal.interrupt()
  t.same(await Promise.all([firstEnded, secondEnded]), [0, 0])
  t.same(readdirSync(`${folder}/state/logs`), ['Clark.log'], 'the lock is removed')
})

t.test('a start that fails leaves the log of another process', async (t) => {
  const folder = t.testdir()
  const log = `${folder}/logs/Clark.log`
  // Both have started at the same time, so neither has found a log.
  const leftovers = new StartLeftovers(folder, ['Clark'])
  mkdirSync(`${folder}/logs`)
  writeFileSync(log, 'of the other\n')
  const unlock = await lockLog(log, () => void t.fail())
  await leftovers.remove()
  t.same(readdirSync(`${folder}/logs`).sort(), ['Clark.log', 'Clark.log.lock'])
  await unlock?.()
  await leftovers.remove()
  t.same(readdirSync(folder), [])
})

t.test('where there cannot be a lock, there is none', async (t) => {
  const folder = t.testdir({ 'Clark.log.lock': { file: '' } })
  t.equal(await lockLog(join(folder, 'Clark.log'), () => void t.fail()), undefined)
})
