import t, { type Test } from 'tap'
import { PeerListener, type Peer } from '../fixtures/peer.js'
import { send } from '../fixtures/send.js'
import { Terminal } from '../fixtures/terminal.js'

const IAMAT = 'IAMAT kiwi +34-118 1621464828'
const AT = 'AT Clark +0.223371889 kiwi +34-118 1621464828'

/** A server by hand: its address, and its end of the next connection. */
async function listen(t: Test): Promise<{ at: string; next: () => Promise<Peer> }> {
  const server = await PeerListener.listen()
  t.teardown(() => {
    server.close()
  })
  const next = async (): Promise<Peer> => {
    const peer = await server.next()
    t.teardown(() => {
      peer.destroy()
    })
    return peer
  }
  return { at: `127.0.0.1:${server.port}`, next }
}

t.test('a server that fails a client', async (t) => {
  const server = await PeerListener.listen()
  t.teardown(() => {
    server.close()
  })
  const at = `127.0.0.1:${server.port}`
  const timeout = ['--timeout', '0.05']
  t.match(await send([at, IAMAT, ...timeout]), {
    code: 1,
    stderr: `proxyherd: ${at} gave no answer within 0.05 s\nproxyherd: hint: wait longer with --timeout, or ask another server\n`,
  })
  await server.next()
  const closing = send([at, IAMAT])
  const first = await server.next()
  await first.read()
  first.end()
  t.match(await closing, { code: 1, stderr: `proxyherd: ${at} closed the connection before it answered\n` })
  const crashing = send([at, 'IAMAT kiwi +1 1'])
  const confused = await server.next()
  await confused.read()
  confused.end()
  t.match(await crashing, {
    code: 1,
    stderr:
      /closed the connection before it answered\nproxyherd: hint: the command is invalid: position "\+1" is not /,
  })
  const resetting = send([at, IAMAT])
  const second = await server.next()
  await second.read()
  second.socket.resetAndDestroy()
  t.match(await resetting, {
    code: 1,
    stderr: `proxyherd: cannot talk to ${at}: the connection was reset\n`,
  })
  const flooding = send([at, 'WHATSAT kiwi 1 1'])
  const third = await server.next()
  await third.read()
  third.write(`AT ${'x'.repeat(9 * 1024 * 1024)}`)
  t.match(await flooding, { code: 1, stderr: /sent a reply of over 8388608 bytes/ })
})

t.test('a server may close the connection in any way once it has answered everything', async (t) => {
  const server = await PeerListener.listen()
  t.teardown(() => {
    server.close()
  })
  const sent = send([`127.0.0.1:${server.port}`, IAMAT])
  const peer = await server.next()
  await peer.read()
  peer.write(`${AT}\n`)
  await peer.closed
  peer.socket.resetAndDestroy()
  t.same(await sent, { code: 0, stdout: `${AT}\n`, stderr: '' })
})

t.test('replies of a foreign server are shown as they are', async (t) => {
  const server = await PeerListener.listen()
  t.teardown(() => {
    server.close()
  })
  const at = `127.0.0.1:${server.port}`
  for (const [flags, stdout] of [
    [[], `hello\n${AT}\n<html>\n\n`],
    [
      ['--json'],
      '{"kind":"foreign","text":"hello\\n"}\n' +
        '{"kind":"places","server":"Clark","skew":"+0.223371889","client":"kiwi",' +
        '"position":{"latitude":34,"longitude":-118},"time":"1621464828","places":"<html>"}\n',
    ],
  ] as const) {
    const sent = send([at, IAMAT, 'WHATSAT kiwi 1 1', ...flags])
    const peer = await server.next()
    peer.write(`hello\n${AT}\n<html>\n\n`)
    await peer.closed
    peer.end()
    const stderr = `proxyherd: ${at} may not be a herd server: "hello" is not a reply of one\n`
    t.same(await sent, { code: 1, stdout, stderr })
  }
})

t.test('a server that closes the connection during a prompt is reported at once', async (t) => {
  const server = await PeerListener.listen()
  t.teardown(() => {
    server.close()
  })
  const terminal = new Terminal({ isTTY: true, env: { TERM: 'dumb' } })
  const sent = terminal.run('send', `127.0.0.1:${server.port}`, '--timeout', '0.01')
  const peer = await server.next()
  await terminal.stdout.shows('> ')
  t.equal(terminal.stdin.isPaused(), false)
  await new Promise((resolve) =>
    peer.socket.setTimeout(50, () => {
      resolve(undefined)
    }),
  )
  peer.end()
  t.equal(await sent, 1)
  t.match(terminal.stderr.text, 'closed the connection')
  t.equal(terminal.stdin.isPaused(), true, 'nothing keeps the program running')
})

t.test('a prompt appears once the connection is made', async (t) => {
  const server = await PeerListener.listen()
  const { port } = server
  server.close()
  const terminal = new Terminal({ isTTY: true, env: { TERM: 'dumb' } })
  t.equal(await terminal.run('send', `127.0.0.1:${port}`), 1)
  t.equal(terminal.stdout.text, '')
  t.equal(terminal.stderr.text, `proxyherd: nobody listens on 127.0.0.1:${port}\n`)
})

t.test('a server that closes midway: the first command without an answer is named', async (t) => {
  const { at, next } = await listen(t)
  const first = 'proxyherd: hint: the first without an answer is'
  const cases: [replies: string, how: 'end' | 'reset', last: string, stderr: string][] = [
    [
      `${AT}\n`,
      'end',
      'FOO',
      `proxyherd: ${at} answered 1 of 3 commands, then closed the connection\n` +
        `${first} "WHATSAT kiwi 1 1"; if it takes one command per connection, run "proxyherd send ${at}" once for each\n`,
    ],
    [
      `${AT}\n${AT}\n{}\n\n`,
      'reset',
      'FOO',
      `proxyherd: ${at} answered 2 of 3 commands, then closed the connection\n${first} "FOO"; the command is invalid: unknown command "FOO"\n`,
    ],
    [
      `${AT}\n${AT}\n{}\n\n`,
      'end',
      IAMAT,
      `proxyherd: ${at} answered 2 of 3 commands, then closed the connection\n${first} "${IAMAT}"\n`,
    ],
  ]
  for (const [replies, how, last, stderr] of cases) {
    const sent = send([at, IAMAT, 'WHATSAT kiwi 1 1', last])
    const peer = await next()
    await peer.read(`1 1\n${last}\n`)
    await new Promise((resolve) => peer.socket.write(replies, resolve))
    if (how === 'end') peer.end()
    else peer.socket.resetAndDestroy()
    t.match(await sent, { code: 1, stderr })
  }
})

t.test('a server that answers only a part is waited for no longer than the timeout', async (t) => {
  const { at, next } = await listen(t)
  const sent = send([at, '--timeout', '0.2', IAMAT, 'WHATSAT kiwi 1 1'])
  const peer = await next()
  await peer.read('1 1\n')
  peer.write(`${AT}\n`)
  const drip = setInterval(() => {
    peer.write('A')
  }, 20)
  const { code, stderr } = await sent
  clearInterval(drip)
  t.equal(code, 1)
  t.equal(
    stderr,
    `proxyherd: ${at} gave no answer within 0.2 s; it answered 1 of 2 commands\n` +
      'proxyherd: hint: the first without an answer is "WHATSAT kiwi 1 1"; wait longer with --timeout, or ask another server\n',
  )
})

t.test('a server that answers only when the client has closed its side', async (t) => {
  const { at, next } = await listen(t)
  const sent = send([at, IAMAT])
  const peer = await next()
  t.equal(await peer.closed, `${IAMAT}\n`)
  peer.write(`${AT}\n`)
  peer.end()
  t.same(await sent, { code: 0, stdout: `${AT}\n`, stderr: '' })
})

t.test('a server that has answered everything need not close', async (t) => {
  const { at, next } = await listen(t)
  for (const timeout of ['10', '0.05']) {
    const sent = send([at, IAMAT, '--timeout', timeout])
    const peer = await next()
    peer.write(`${AT}\n`)
    t.same(await sent, { code: 0, stdout: `${AT}\n`, stderr: '' })
  }
})

t.test('a server of another protocol is an error', async (t) => {
  const { at, next } = await listen(t)
  const sent = send([at, IAMAT, IAMAT])
  const peer = await next()
  await peer.read()
  peer.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
  t.match(await sent, {
    code: 1,
    stdout: '',
    stderr: new RegExp(`^proxyherd: ${at} is not a herd server: it speaks HTTP`),
  })
})

t.test('an AT that is no valid reply is explained, and empty lines are passed on', async (t) => {
  const { at, next } = await listen(t)
  for (const [flags, stdout] of [
    [[], `AT Clark 0.2 kiwi +34-118 1\n? FOO\n\n${AT}\n`],
    [['--json'], /^\{"kind":"foreign".*\n\{"kind":"refused".*\n\{"kind":"report".*\n$/],
  ] as const) {
    const sent = send([at, IAMAT, 'FOO', IAMAT, ...flags])
    const peer = await next()
    await peer.read('FOO\n')
    peer.write(`AT Clark 0.2 kiwi +34-118 1\n? FOO\n\n${AT}\n`)
    t.match(await sent, {
      code: 1,
      stdout,
      stderr:
        'proxyherd: "AT Clark 0.2 kiwi +34-118 1" is not a valid reply: skew "0.2" is not a signed number of seconds\n' +
        'proxyherd: hint: unknown command "FOO"; clients send IAMAT, WHATSAT, NEAR, WATCH and FORGET, in capital letters\n',
    })
  }
})

t.test(
  'a refused WHATSAT of a client that the server has just acknowledged is explained otherwise',
  async (t) => {
    const { at, next } = await listen(t)
    const sent = send([at, IAMAT, 'WHATSAT kiwi 10 0'])
    const peer = await next()
    await peer.read('10 0\n')
    peer.write(`${AT}\n? WHATSAT kiwi 10 0\n`)
    t.match(await sent, {
      code: 1,
      stderr:
        `proxyherd: hint: this is valid, and ${at} has a report of "kiwi", but it gave no reason. ` +
        'Likely causes: its places service failed, or it does not take a radius of 10 km or 0 items\n',
    })
  },
)

t.test('of a client that is forgotten, the server has no report', async (t) => {
  const { at, next } = await listen(t)
  const sent = send([at, IAMAT, 'FORGET kiwi', 'WHATSAT kiwi 10 0'])
  const peer = await next()
  await peer.read('10 0\n')
  peer.write(`${AT}\nFORGOTTEN kiwi\n? WHATSAT kiwi 10 0\n`)
  t.match(await sent, { code: 1, stderr: /Likely causes: no server has a report of "kiwi"/ })
})

t.test('only the reports of a limited number of clients are remembered', async (t) => {
  const { at, next } = await listen(t)
  const ids = Array.from({ length: 10_002 }, (_, index) => `c${index}`)
  const lines = [...ids.map((id) => `IAMAT ${id} +34-118 1`), 'WHATSAT c0 10 0']
  const sent = send([at], lines.join('\n'))
  const peer = await next()
  await peer.read('IAMAT c5000 +34-118 1\n')
  peer.write(ids.map((id) => `AT Clark +0.5 ${id} +34-118 1\n`).join(''))
  peer.write('? WHATSAT c0 10 0\n')
  t.match(await sent, { code: 1, stderr: /Likely causes: no server has a report of "c0"/ })
})

t.test('an AT gets a warning, because it gets no reply', async (t) => {
  const { at, next } = await listen(t)
  const sent = send([at, 'AT Oak +0.5 Zoë +34-118 7', 'AT Oak +0.5 fig +34-118 7'])
  const peer = await next()
  await peer.closed
  peer.end()
  t.same(await sent, {
    code: 0,
    stdout: '',
    stderr: `proxyherd: an AT gets no reply: if ${at} trusts this host, it stores and floods this as the report of "Zoë" that Oak received\n`,
  })
})
