import t from 'tap'
import { isMemoryFull, memoryCell, memoryNotes } from '../../src/cli/memory-verdict.js'
import type { AnyServerStatus } from '../../src/net/status-probe.js'
import { standing } from '../fixtures/status.js'

const withMemory = (bytes: number, refused = 0, tombstones = 0): AnyServerStatus =>
  standing('Elm', { memory: { bytes, maxBytes: 64_000_000, refused, tombstones } })

t.test('a server below its limit has no note', async (t) => {
  const status = withMemory(63_900_000)
  t.equal(memoryCell(status), '63.9 MB')
  t.equal(isMemoryFull(status), false)
  t.same(memoryNotes(status), [])
  t.equal(memoryCell(withMemory(63_900_000, 0, 2)), '63.9 MB, 2 tombstones')
})

t.test('a server at its limit, and one that has refused clients, have', async (t) => {
  const full = withMemory(64_000_000, 1)
  t.equal(memoryCell(full), '64 MB full')
  t.equal(isMemoryFull(full), true)
  t.same(memoryNotes(full), [
    'Elm and its neighbours refuse new clients: its memory for reports, 64 MB, is full',
    'Elm has refused 1 report of new clients for want of memory',
  ])
  t.same(memoryNotes(withMemory(1, 12)), ['Elm has refused 12 reports of new clients for want of memory'])
})

t.test('a version that does not report its memory', async (t) => {
  const { memory, ...status } = standing('Elm')
  t.not(memory, undefined)
  t.equal(memoryCell(status), '?')
  t.equal(isMemoryFull(status), false)
  t.same(memoryNotes(status), [])
})
