import t from 'tap'
import { BYTES_PER_TURN, LINES_PER_TURN, Unread } from '../../src/net/unread.js'

/** What each turn takes, until nothing is left. */
function turns(...chunks: string[]): string[] {
  const unread = new Unread()
  for (const chunk of chunks) unread.push(Buffer.from(chunk, 'latin1'))
  const taken: string[] = []
  while (unread.length > 0) taken.push(unread.take())
  t.equal(unread.take(), '', 'and then nothing')
  return taken
}

t.test('a turn takes so many lines, or so many bytes, of one chunk', async (t) => {
  t.same(turns(), [])
  t.same(turns('FOO\nBA', 'R\n'), ['FOO\nBA', 'R\n'])
  const lines = 'FOO\n'.repeat(LINES_PER_TURN)
  t.same(turns(`${lines}${lines}BAR`), [lines, lines, 'BAR'])
  const bytes = '\xff'.repeat(BYTES_PER_TURN)
  t.same(turns(`${bytes}${bytes}x`), [bytes, bytes, 'x'])
})
