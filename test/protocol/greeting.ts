import t from 'tap'
import { parseText } from '../../src/protocol/command.js'
import { formatGreeting, formatLinkRefusal, linkRefusalIn } from '../../src/protocol/greeting.js'

t.test('why a link is refused is read back as it was said', async (t) => {
  const line = formatLinkRefusal('it is Oak')
  t.equal(line, 'NOLINK it is Oak')
  t.equal(linkRefusalIn(line), 'it is Oak')
})

t.test('anything else refuses no link', async (t) => {
  const greeting = { version: '1', from: 'Clark', to: 'Bernard', incarnation: '17', herd: '0a1b2c3d' }
  for (const line of ['', 'NOLINK', 'NOLINKit is Oak', ' NOLINK it is Oak', formatGreeting(greeting)])
    t.equal(linkRefusalIn(line), undefined, line)
})

t.test('a refusal is no command', async (t) => {
  t.match(parseText(formatLinkRefusal('it is Oak')), { kind: 'malformed', why: /no command "NOLINK"/ })
})
