import t from 'tap'
import { ReplyScanner } from '../../src/load/reply-scanner.js'

/** Where the replies end in bytes that arrive in these chunks; a refusal is marked. */
function scan(chunks: readonly string[], isQuestion: boolean): string[] {
  const scanner = new ReplyScanner('A'.charCodeAt(0))
  const ends: string[] = []
  let before = 0
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk, 'latin1')
    for (let at = scanner.next(bytes, 0, bytes.length, isQuestion); at !== -1;) {
      ends.push(`${before + at}${scanner.isRefusal ? ' refused' : ''}`)
      at = scanner.next(bytes, at, bytes.length, isQuestion)
    }
    before += bytes.length
  }
  return ends
}

t.test('replies end at the same bytes, however they are cut', async (t) => {
  const cases: [text: string, isQuestion: boolean, ends: string[]][] = [
    ['', false, []],
    ['AT', false, []],
    ['AT 1\n? 2\nAT 3\nAT', false, ['5', '9 refused', '14']],
    ['AT 1\n{\n}\n\n? 2\nAT 3\n\nAT 4\n{\n', true, ['10', '14 refused', '20']],
    ['\n\r\n? 1\n\nAT 2\n', false, ['7 refused', '13']],
    ['? 1\n\nAT 2\n{}\n\n\n? 3\n', true, ['4 refused', '14', '19 refused']],
  ]
  for (const [text, isQuestion, ends] of cases) {
    t.same(scan([text], isQuestion), ends, JSON.stringify(text))
    t.same(scan(text.split(''), isQuestion), ends, `${JSON.stringify(text)} byte by byte`)
    for (let cut = 1; cut < text.length; cut += 1)
      t.same(scan([text.slice(0, cut), text.slice(cut)], isQuestion), ends)
  }
})
