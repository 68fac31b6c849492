import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Arena, MAX_BLOCK_WORDS } from '../../src/memory/arena.js'

const CHUNK_WORDS = 256 * 1024

interface Block {
  readonly address: number
  readonly words: number
}

/** An arena, and how much memory it needs for what is in use: `most` is the most words that ever were, `top` how many it has touched. */
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

t.test('what is freed is taken again for blocks of the same size, the last first', async (t) => {
  const arena = new Arena()
  const [first, second, other] = [arena.take(24), arena.take(24), arena.take(40)]
  t.not(arena.take(24), first, 'not before it is free')
  arena.free(first, 24)
  arena.free(second, 24)
  arena.free(other, 40)
  t.same([arena.take(24), arena.take(24), arena.take(40)], [second, first, other])
})

t.test('blocks that hardly differ are of one size', async (t) => {
  const arena = new Arena()
  const block = arena.take(25)
  arena.free(block, 25)
  t.equal(arena.take(28), block)
  arena.free(block, 28)
  t.not(arena.take(24), block)
  t.not(arena.take(29), block)
})

t.test('a block is in one piece, however large, and wherever others end', async (t) => {
  const arena = new Arena()
  const blocks: Block[] = []
  for (let words = 1; words <= MAX_BLOCK_WORDS; words += 7) blocks.push({ address: arena.take(words), words })
  for (const block of blocks) mark(arena, block)
  t.ok(blocks.every((block) => isIntact(arena, block)))
  t.ok(blocks.every(({ address, words }) => arena.wordIndex(address) + words <= CHUNK_WORDS))
  t.ok(Math.max(...blocks.map(({ address }) => address)) > 4 * CHUNK_WORDS, 'in several pieces of memory')
})

t.test('as long as less lies idle than is in use, nothing is cut', async (t) => {
  const arena = new Measured()
  const large = Array.from({ length: 100 }, () => arena.take(1_024))
  for (const block of large) arena.free(block)
  const { top } = arena
  t.ok(arena.take(24).address >= top)
})

t.test('when more lies idle than is in use, it is cut for smaller blocks, to the last word', async (t) => {
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
})

const churn = fc.record({
  words: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: MAX_BLOCK_WORDS })),
  count: fc.integer({ min: 1, max: 200 }),
  freed: fc.nat(300),
})

t.test('whatever is taken and freed, no two blocks share a word', async (t) => {
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

/** How the blocks of an arena change their sizes, each a few hundred times: the size of the next, when so many have been taken. */
const churns: Record<string, (taken: number) => number> = {
  'grow word by word': (taken) => 18 + Math.floor(taken / BLOCKS),
  'shrink word by word': (taken) => 418 - Math.floor(taken / BLOCKS),
  'grow and shrink': (taken) => 218 + Math.round(200 * Math.sin(taken / 40_000)),
  'all jump from size to size': (taken) => 18 + ((Math.floor(taken / BLOCKS) * 7_919) % 983),
  'each jump from size to size': (taken) => 18 + ((taken * 7_919) % 983),
}

for (const [how, sizeOf] of Object.entries(churns))
  t.test(`as many blocks, which ${how}, need no more and more memory`, async (t) => {
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
