import { existsSync } from 'node:fs'
import t from 'tap'
import { parseEntry } from '../../src/log/parse-entry.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { Terminal } from '../fixtures/terminal.js'

for (const argv of [
  ['serve', 'Clark'],
  ['herd', 'up'],
])
  t.test(`${argv.join(' ')} --log-to stdout prints its log, and messages on standard error`, async (t) => {
    const topology = await freePorts({ servers: ['Clark'], links: [] })
    const folder = t.testdir({ 'herd.json': topologyFile(topology) })
    const state = `${folder}/state`
    const terminal = new Terminal()
    const flags = ['--topology', `${folder}/herd.json`, '--state', state, '--no-store', '--log-to', 'stdout']
    const ended = terminal.run(...argv, ...flags)
    await terminal.stderr.shows('standard output')
    await terminal.stdout.shows('"what":"listening"')
    terminal.interrupt()
    t.equal(await ended, 0)
    const entries = terminal.stdout.text.trimEnd().split('\n').map(parseEntry)
    t.match(entries, [{ entry: { what: 'listening' } }, { entry: { what: 'stopped' } }])
    t.equal(existsSync(state), false, 'nothing is written to disk')
  })
