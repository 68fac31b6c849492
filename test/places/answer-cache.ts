import t from 'tap'
import { AnswerCache, CACHE_MS, MAX_CACHE_BYTES } from '../../src/places/answer-cache.js'
import { uncut } from '../../src/places/places-text.js'

void t.test('an answer is kept for a minute', (t) => {
  let nowMs = 0
  const cache = new AnswerCache(() => nowMs)
  const places = uncut('{}')
  cache.set('here', places)
  nowMs = CACHE_MS - 1
  t.equal(cache.get('here'), places)
  t.equal(cache.get('there'), undefined)
  nowMs = CACHE_MS
  t.equal(cache.get('here'), undefined)
  t.end()
})

void t.test('the oldest answers make room for newer ones, and a new one replaces the old', (t) => {
  let nowMs = 0
  const cache = new AnswerCache(() => nowMs)
  const large = uncut('x'.repeat(MAX_CACHE_BYTES / 4))
  for (const key of ['a', 'b', 'c', 'a']) cache.set(key, large)
  t.ok(cache.get('a') && cache.get('b') && cache.get('c'))
  cache.set('d', large)
  t.equal(cache.get('b'), undefined)
  t.ok(cache.get('a') && cache.get('c') && cache.get('d'))
  nowMs = CACHE_MS
  for (const key of ['e', 'f', 'g']) cache.set(key, large)
  t.ok(cache.get('e') && cache.get('f') && cache.get('g'), 'the expired were removed')
  t.end()
})
