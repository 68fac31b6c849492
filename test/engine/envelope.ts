import t from 'tap'
import { HEADER_BYTES, parseHeader, writeHeader, type MessageKind } from '../../src/engine/envelope.js'
import { toText } from '../../src/protocol/bytes.js'
import { startOf } from '../fixtures/engine.js'

function headerOf(kind: MessageKind, isSealed: boolean, number: number): Uint8Array {
  const message = new Uint8Array(HEADER_BYTES)
  writeHeader(message, { kind, isSealed, start: startOf(7), number })
  return message
}

t.test('a header is parsed as it was written', async (t) => {
  for (const kind of ['report', 'heartbeat', 'removed'] as const)
    for (const isSealed of [false, true])
      for (const number of [1, 256, 2 ** 40 + 5, Number.MAX_SAFE_INTEGER]) {
        const { start, ...others } = parseHeader(headerOf(kind, isSealed, number)) ?? {}
        t.same(others, { kind, isSealed, number })
        t.same(start && toText(start), toText(startOf(7)))
      }
})

t.test('a header of a later version is none, and one of another kind is unknown', async (t) => {
  for (const [at, value] of [
    [0, 2],
    [2, 2],
    [20, 1],
  ] as const) {
    const message = headerOf('report', false, 1)
    message[at] = value
    t.equal(parseHeader(message), undefined, `byte ${at}`)
  }
  const message = headerOf('report', true, 3)
  message[1] = 9
  t.match(parseHeader(message), { kind: 'unknown', isSealed: true, number: 3 })
  for (let length = 0; length < HEADER_BYTES; length += 1)
    t.equal(parseHeader(headerOf('report', false, 1).subarray(0, length)), undefined)
})
