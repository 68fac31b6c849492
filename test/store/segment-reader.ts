import { open } from 'node:fs/promises'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { toText } from '../../src/protocol/bytes.js'
import { BlockWriter, MAX_BLOCK_BYTES, parseBlockHeader } from '../../src/store/block.js'
import { readBlocks, type DamagedRange } from '../../src/store/segment-reader.js'
import { reportOf } from '../fixtures/store.js'

/** A file with blocks of two reports each. */
function filled(t: Test, blocks: number): { path: string; offsets: number[]; bytes: number } {
  const path = join(t.testdir(), 'blocks')
  writeFileSync(path, '')
  const writer = new BlockWriter()
  const offsets: number[] = []
  let bytes = 0
  for (let n = 0; n < blocks; n += 1) {
    offsets.push(bytes)
    for (const client of [2 * n, 2 * n + 1]) writer.add(reportOf(client))
    const block = writer.take()
    appendFileSync(path, block)
    bytes += block.length
  }
  return { path, offsets, bytes }
}

async function read(
  path: string,
  range: { start: number; end: number },
): Promise<{ clients: number[]; damaged: DamagedRange[] }> {
  const file = await open(path)
  const clients: number[] = []
  const damaged = await readBlocks(
    file,
    range,
    (bytes, start, end) => {
      for (const [, n] of toText(bytes, start, end).matchAll(/ client-(\d+) .*\n/g)) clients.push(Number(n))
      return true
    },
    undefined,
  )
  await file.close()
  return { clients, damaged }
}

t.test('a file larger than what is read at a time comes whole and in order', async (t) => {
  const blocks = 20_000
  const { path, bytes } = filled(t, blocks)
  const { clients, damaged } = await read(path, { start: 0, end: bytes })
  t.ok(bytes > 2 * 1024 * 1024, `${bytes} bytes`)
  t.ok(clients.every((client, n) => client === n))
  t.equal(clients.length, 2 * blocks)
  t.same(damaged, [])
})

t.test('damaged blocks in a row are one range, and others are read', async (t) => {
  const { path, offsets, bytes } = filled(t, 9)
  const file = await open(path, 'r+')
  for (const n of [3, 4, 7]) await file.write('x', (offsets[n] ?? 0) + 60)
  // And a header.
  await file.write('x', offsets[5] ?? 0)
  await file.close()
  const { clients, damaged } = await read(path, { start: 0, end: bytes })
  t.same(clients, [0, 1, 2, 3, 4, 5, 12, 13, 16, 17])
  t.same(
    damaged.map(({ start, end }) => [start, end]),
    [
      [offsets[3], offsets[6]],
      [offsets[7], offsets[8]],
    ],
  )
})

t.test('a file that is cut short while it is read ends there', async (t) => {
  const { path, bytes } = filled(t, 2)
  t.same(await read(path, { start: 0, end: bytes + 99 }), { clients: [0, 1, 2, 3], damaged: [] })
})

t.test('a block is as large as its limit at most', async (t) => {
  const writer = new BlockWriter()
  let reports = 0
  for (; writer.hasRoom; reports += 1) writer.add(reportOf(reports))
  const block = writer.take()
  const header = parseBlockHeader(block, 0, block.length)
  t.match(header, { reports, length: Number, bytes: block.length - (header?.length ?? 0) })
  t.ok((header?.bytes ?? 0) <= MAX_BLOCK_BYTES)
  for (const text of [
    '',
    '# 1 reports',
    'AT Clark',
    '# -1 reports 5 bytes crc 00000000\n',
    '# 1 reports 5 bytes crc 0000000\n',
  ])
    t.equal(parseBlockHeader(Buffer.from(text), 0, text.length), undefined, text)
})
