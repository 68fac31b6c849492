import t from 'tap'
import { EventReader } from '../fixtures/event-reader.js'
import { readMarkdown } from '../fixtures/markdown.js'
import { WebHerd, type WebResponse } from '../fixtures/web-herd.js'

/** The ports that the document shows, and whose they are. */
const SERVERS: Readonly<Record<string, string>> = {
  12180: 'Juzang',
  12181: 'Bernard',
  12182: 'Jaquez',
  12183: 'Johnson',
  12184: 'Clark',
}

/** Sends what a command with curl would send. Throws if it has other options than those that the document uses. */
async function curl(herd: WebHerd, command: string): Promise<WebResponse> {
  const found =
    /^curl(?: -X (PUT|DELETE))?(?: --json '([^']*)')? '?http:\/\/127\.0\.0\.1:(\d+)(\/[^' ]*)'?$/.exec(
      command,
    )
  if (!found) throw new Error(`not understood: ${command}`)
  const [, method = 'GET', body, port = '', path = ''] = found
  return herd.askServer(SERVERS[port] ?? '', `${method} ${path}`, { body })
}

function withoutSkew(json: string): string {
  return json.replace(/[+-]\d+\.\d{9}/, 'SKEW')
}

t.test('every curl command of docs/http.md gets the response that it shows', async (t) => {
  const herd = await WebHerd.start(t)
  let last: WebResponse | undefined
  let commands = 0
  for (const { language, lines } of readMarkdown('docs/http.md').blocks) {
    if (language === 'sh')
      for (const command of lines
        .join('\n')
        .replaceAll(/\\\n */g, '')
        .split('\n')) {
        if (command.startsWith('curl -N')) continue
        last = await curl(herd, command)
        t.equal(last.status, command.includes('DELETE') ? 204 : 200, command)
        commands += 1
      }
    if (language === 'json' && last?.json['openapi'] === undefined)
      t.equal(withoutSkew(last?.text ?? ''), withoutSkew(`${lines.join('\n')}\n`))
  }
  t.equal(commands, 15)
})

t.test('the stream that docs/http.md shows is the one that is sent', async (t) => {
  const herd = await WebHerd.start(t)
  const { blocks } = readMarkdown('docs/http.md')
  const index = blocks.findIndex(({ lines }) => lines.some((line) => line.startsWith('curl -N')))
  const [, query = ''] = /\/v1\/events\?([^']*)'/.exec(blocks[index]?.lines.join('') ?? '') ?? []
  const shown = `${blocks[index + 1]?.lines.join('\n')}\n\n`
  const body = { position: { latitude: '34.0600', longitude: '-118.44' }, time: '1621464827.9' }
  await herd.ask('PUT /v1/clients/kiwi', { body })
  const reader = await EventReader.open(herd, query)
  let sent = ''
  for (let left = shown.split('\n\n').length - 1; left > 0; left -= 1) sent += await reader.block()
  const run = /id: \d+-/
  t.equal(withoutSkew(sent).replace(run, ''), withoutSkew(shown).replace(run, ''))
  reader.close()
})

t.test('the problem that docs/http.md shows is the one that is sent', async (t) => {
  const herd = await WebHerd.start(t)
  const blocks = readMarkdown('docs/http.md').blocks.filter(({ language }) => language === 'json')
  const body = { position: { latitude: 1, longitude: 2 }, tiem: 1 }
  const { text } = await herd.ask('PUT /v1/clients/kiwi', { body })
  t.equal(text, `${blocks.at(-1)?.lines.join('\n')}\n`)
})
