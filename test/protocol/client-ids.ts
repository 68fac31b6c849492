import t from 'tap'
import { toBytes, toText } from '../../src/protocol/bytes.js'
import { clientIdsIn } from '../../src/protocol/client-ids.js'
import { LineReader, MAX_BATCH_LINES } from '../../src/protocol/lines.js'

/** The client IDs that are found in some lines. */
function idsIn(text: string, mostLines = MAX_BATCH_LINES): string[] {
  const reader = new LineReader()
  reader.push(toBytes(text))
  const { bytes, count, starts, ends } = clientIdsIn(reader.tokenizeAhead(mostLines, Infinity))
  return Array.from({ length: count }, (_, id) => toText(bytes, starts[id], ends[id]))
}

t.test('the client ID of each kind of command is found', async (t) => {
  const rows: [line: string, ids: string[]][] = [
    ['IAMAT kiwi +1+1 1', ['kiwi']],
    ['  IAMAT\t kiwi  +1+1 1 ', ['kiwi']],
    ['WHATSAT lime 10 5', ['lime']],
    ['AT Clark +0.1 fig +1+1 1', ['fig']],
    ['LATE AT Clark +0.1 yuzu +1+1 1', ['yuzu']],
    ['IAMAT \xe4pfel +1+1 1', ['\xe4pfel']],
    ['PING', []],
    ['PING 7', []],
    ['IAMAT kiwi +1+1', []],
    ['COUNT 17 AT Clark +0.1 kiwi +1+1 1', ['kiwi']],
    ['a b c d e f g h i j', []],
    ['', []],
  ]
  for (const [line, ids] of rows) t.same(idsIn(`${line}\n`), ids, line)
})

t.test('the IDs in several lines are in order, and lines without one are skipped', async (t) => {
  t.same(
    idsIn('IAMAT kiwi +1+1 1\nPING\n\nWHATSAT lime 1 1\r\nAT Clark +0 fig +1+1 1\nIAMAT unfinished +1'),
    ['kiwi', 'lime', 'fig'],
  )
})

t.test('only the lines that were looked at count, and an earlier search leaves nothing behind', async (t) => {
  const lines = Array.from({ length: 2 * MAX_BATCH_LINES }, (_, line) => `IAMAT c${line} +1+1 1\n`).join('')
  t.equal(idsIn(lines).length, MAX_BATCH_LINES)
  t.equal(idsIn(lines).at(-1), `c${MAX_BATCH_LINES - 1}`)
  t.same(idsIn(lines, 2), ['c0', 'c1'])
  t.same(idsIn('PING\n'), [])
})
