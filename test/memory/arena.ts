import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Arena, MAX_BLOCK_WORDS } from '../../src/memory/arena.js'

const CHUNK_WORDS = 64 * 1024

interface Block {
  readonly address: number
  readonly words: number
}

/** An arena that is measured: `most` is the most words that were ever in use at once, `top` how many words it has touched. */
class Measured {
  readonly #arena = new Arena()
  #used = 0
  most = 0
  top = 0

  take(words: number): Block {
    const address = this.#arena.take(words)
    this.#used += words
    this.most = Math.max(this.most, this.#used)
    this.top = Math.max(this.top, address + words)
    return { address, words }
  }

  free({ address, words }: Block): void {
    this.#used -= words
    this.#arena.free(address, words)
  }
}

/** Fills a block with its own address. */
function mark(arena: Arena, { address, words }: Block): void {
  const start = arena.wordIndex(address)
  arena.wordsAt(address).fill(address, start, start + words)
}

function isIntact(arena: Arena, { address, words }: Block): boolean {
  const start = arena.wordIndex(address)
  return arena
    .wordsAt(address)
    .subarray(start, start + words)
    .every((word) => word === address)
}

t.test('the words and the bytes of a block are the same memory', async (t) => {
  const arena = new Arena()
  arena.take(3)
  const address = arena.take(2)
  arena.wordsAt(address).set([0x04030201, 0x08070605], arena.wordIndex(address))
  const start = arena.byteIndex(address)
  t.same([...arena.bytesAt(address).subarray(start, start + 8)], [1, 2, 3, 4, 5, 6, 7, 8])
})

t.test('a freed block is taken again for blocks of its size, the last freed first', async (t) => {
  const arena = new Arena()
  const [first, second, other] = [arena.take(24), arena.take(24), arena.take(40)]
  t.not(arena.take(24), first, 'not before it is free')
  arena.free(first, 24)
  arena.free(second, 24)
  arena.free(other, 40)
  t.same([arena.take(24), arena.take(24), arena.take(40)], [second, first, other])
})

t.test('blocks of nearly the same length have the same size', async (t) => {
  for (const most of [26, 32]) {
    const arena = new Arena()
    const block = arena.take(most - 1)
    arena.free(block, most - 1)
    t.equal(arena.take(most), block)
    arena.free(block, most)
    for (const other of [most - 2, most + 1]) t.not(arena.take(other), block)
  }
})

t.test('a block never spans two chunks, whatever its size', async (t) => {
  const arena = new Arena()
  const blocks: Block[] = []
  for (let words = 1; words <= MAX_BLOCK_WORDS; words += 7) blocks.push({ address: arena.take(words), words })
  for (const block of blocks) mark(arena, block)
  t.ok(blocks.every((block) => isIntact(arena, block)))
  t.ok(blocks.every(({ address, words }) => arena.wordIndex(address) + words <= CHUNK_WORDS))
  t.ok(Math.max(...blocks.map(({ address }) => address)) > 4 * CHUNK_WORDS, 'in several chunks')
})

t.test('no block is cut while less memory is idle than in use', async (t) => {
  const arena = new Measured()
  const large = Array.from({ length: 50 }, () => arena.take(1_024))
  for (const block of large) arena.free(block)
  const { top } = arena
  t.ok(arena.take(24).address >= top)
})

t.test(
  'an arena grows rather than cut a block while little is idle, also when its last chunk is full',
  async (t) => {
    const arena = new Measured()
    const large = Array.from({ length: CHUNK_WORDS / 1_024 }, () => arena.take(1_024))
    arena.free(large[0] as Block)
    t.equal(arena.take(24).address, CHUNK_WORDS)
  },
)

t.test('what is in use counts against what is idle', async (t) => {
  const arena = new Measured()
  const large = Array.from({ length: 600 }, () => arena.take(1_024))
  for (const block of large.slice(300)) arena.free(block)
  const { top } = arena
  t.ok(arena.take(24).address >= top)
})

t.test('blocks are cut when more is idle than a chunk and what is asked for, and no sooner', async (t) => {
  for (const count of [2, 3]) {
    const arena = new Measured()
    const blocks = Array.from({ length: CHUNK_WORDS / 1_024 }, () => arena.take(1_024))
    for (let small = 0; small < count; small += 1) blocks.push(arena.take(24))
    for (const block of blocks) arena.free(block)
    const { top } = arena
    t.equal(arena.take(48).address < top, count === 3, `a chunk and ${count} times 24 words are idle`)
  }
})

t.test('memory that is used again is no longer idle', async (t) => {
  const arena = new Measured()
  const [large, small] = [arena.take(1_024), arena.take(24)]
  arena.free(large)
  arena.free(small)
  for (let time = 0; time < 10_000; time += 1) arena.free(arena.take(24))
  const { top } = arena
  t.ok(arena.take(40).address >= top, 'so no block is cut')
})

t.test('blocks of the largest size are cut too', async (t) => {
  const arena = new Arena(1)
  const [first = NaN] = takeAll(arena, MAX_BLOCK_WORDS)
  arena.free(first, MAX_BLOCK_WORDS)
  t.equal(arena.take(24), first)
})

t.test(
  'when more memory is idle than in use, blocks are cut for smaller ones, to the last word',
  async (t) => {
    const arena = new Measured()
    const large = Array.from({ length: 2_000 }, () => arena.take(1_024))
    for (const block of large) arena.free(block)
    const { top } = arena
    const small = Array.from({ length: 20_000 }, () => arena.take(40))
    t.equal(arena.top, top)
    t.equal(new Set(small.map(({ address }) => address)).size, small.length)
    for (const block of small) arena.free(block)
    // Of 1,024 words, 25 blocks of 40 leave 24.
    for (let blocks = 0; blocks < 800; blocks += 1) arena.take(24)
    t.equal(arena.top, top)
  },
)

const churn = fc.record({
  words: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: MAX_BLOCK_WORDS })),
  count: fc.integer({ min: 1, max: 200 }),
  freed: fc.nat(300),
})

t.test('no two blocks share a word, whatever is taken and freed', async (t) => {
  const property = fc.property(fc.array(churn, { maxLength: 60, size: 'max' }), (rounds) => {
    const arena = new Arena()
    const blocks: Block[] = []
    for (const { words, count, freed } of rounds) {
      for (let index = 0; index < count; index += 1) {
        const block = { address: arena.take(words), words }
        mark(arena, block)
        blocks.push(block)
      }
      for (const block of blocks.splice(freed % 7, freed)) {
        assert.ok(isIntact(arena, block))
        arena.free(block.address, block.words)
      }
    }
    for (const block of blocks) assert.ok(isIntact(arena, block))
  })
  t.doesNotThrow(() => {
    fc.assert(property, { numRuns: 20 })
  })
})

const BLOCKS = 2_000

/** How the sizes of blocks change over time: the size of the next block when so many have been taken. */
const churns: Record<string, (taken: number) => number> = {
  'grow word by word': (taken) => 18 + Math.floor(taken / BLOCKS),
  'grow word by word as far as reports do': (taken) => Math.min(32, 11 + Math.floor(taken / BLOCKS)),
  'shrink word by word': (taken) => 418 - Math.floor(taken / BLOCKS),
  'grow and shrink': (taken) => 218 + Math.round(200 * Math.sin(taken / 40_000)),
  'all jump from size to size': (taken) => 18 + ((Math.floor(taken / BLOCKS) * 7_919) % 983),
  'each jump from size to size': (taken) => 18 + ((taken * 7_919) % 983),
}

for (const [how, sizeOf] of Object.entries(churns))
  t.test(`memory stays bounded while the same number of blocks ${how}`, async (t) => {
    const arena = new Measured()
    const blocks: Block[] = []
    for (let taken = 0; taken < 400 * BLOCKS; taken += 1) {
      const block = arena.take(sizeOf(taken))
      const old = blocks[taken % BLOCKS]
      if (old) arena.free(old)
      blocks[taken % BLOCKS] = block
    }
    t.ok(arena.top < 10 * arena.most, `${arena.top} words for ${arena.most}`)
  })

/** The address of a new block; undefined if the arena is full. */
function takenOrFull(arena: Arena, words: number): number | undefined {
  try {
    return arena.take(words)
  } catch (error) {
    assert.ok(error instanceof RangeError)
    return undefined
  }
}

/** Takes blocks until the arena is full. */
function takeAll(arena: Arena, words: number): number[] {
  const addresses: number[] = []
  for (let address = takenOrFull(arena, words); address !== undefined; address = takenOrFull(arena, words))
    addresses.push(address)
  return addresses
}

t.test('a full arena throws a RangeError that names the limit', async (t) => {
  const arena = new Arena(8)
  const addresses = takeAll(arena, 1_024)
  t.equal(addresses.length, 8 * (CHUNK_WORDS / 1_024), 'every word was taken')
  t.equal(new Set(addresses).size, addresses.length, 'no address was returned twice')
  t.throws(() => arena.take(1), new RangeError('reports need more than 2 MiB of memory, which is the limit'))
})

t.test('a full arena stays usable: blocks that are freed are taken again', async (t) => {
  const arena = new Arena(1)
  const [first, second] = takeAll(arena, 1_024)
  assert.ok(first !== undefined && second !== undefined)
  arena.free(second, 1_024)
  t.equal(arena.take(1_024), second)
  t.throws(() => arena.take(1_024), RangeError)
  arena.free(first, 1_024)
  t.equal(arena.take(1_024), first)
})

t.test('a full arena cuts larger blocks before it throws, however little is idle', async (t) => {
  const arena = new Arena(1)
  const [first = NaN] = takeAll(arena, 1_024)
  arena.free(first, 1_024)
  t.throws(() => arena.take(1_025), RangeError, 'no larger block is idle')
  const pieces = takeAll(arena, 256)
  t.same(
    pieces.toSorted((a, b) => a - b),
    [first, first + 256, first + 512, first + 768],
  )
})

t.test('requests that failed do not count as memory in use', async (t) => {
  const arena = new Arena(3)
  const addresses = takeAll(arena, 1_024)
  for (let failed = 0; failed < 1_000; failed += 1) t.throws(() => arena.take(1_024), RangeError)
  // Two chunks are idle and one is in use: more than one chunk above that would have to be idle to be cut.
  const idle = addresses.slice(0, 520)
  for (const address of idle) arena.free(address, 1_024)
  const piece = arena.take(512)
  t.ok(idle.includes(piece), 'an idle block was cut')
})

const request = fc.record({
  words: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: MAX_BLOCK_WORDS })),
  count: fc.integer({ min: 1, max: 500 }),
  freed: fc.nat(200),
})

t.test('no two blocks share a word in an arena that is full again and again', async (t) => {
  const property = fc.property(fc.array(request, { maxLength: 40, size: 'max' }), (requests) => {
    const arena = new Arena(1)
    const blocks: Block[] = []
    for (const { words, count, freed } of requests) {
      for (let index = 0; index < count; index += 1) {
        const address = takenOrFull(arena, words)
        if (address === undefined) break
        mark(arena, { address, words })
        blocks.push({ address, words })
      }
      for (const block of blocks.splice(freed % 7, freed)) {
        assert.ok(isIntact(arena, block))
        arena.free(block.address, block.words)
      }
    }
    for (const block of blocks) assert.ok(isIntact(arena, block))
  })
  t.doesNotThrow(() => {
    fc.assert(property, { numRuns: 20 })
  })
})
