import t from 'tap'
import { parseText } from '../../src/protocol/command.js'
import { formatMemory } from '../../src/protocol/memory-line.js'

t.test('what is formatted is parsed', async (t) => {
  for (const isFull of [true, false]) t.same(parseText(formatMemory(isFull)), { kind: 'memory', isFull })
  t.equal(formatMemory(true), 'MEMORY full')
})

t.test('anything else is malformed', async (t) => {
  for (const line of ['MEMORY', 'MEMORY FULL', 'MEMORY fuller', 'MEMORY full free'])
    t.match(parseText(line), { kind: 'malformed', why: 'MEMORY is full or free' })
})
