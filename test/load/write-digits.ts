import fc from 'fast-check'
import t from 'tap'
import { writeDegrees, writeDigits, writeMillionths } from '../../src/load/write-digits.js'

/** The bytes after writing between two dots. */
function written(length: number, put: (bytes: Uint8Array) => void): string {
  const bytes = Buffer.alloc(length + 2, '.')
  put(bytes)
  return bytes.toString('latin1')
}

t.test('digits are those of the number, and the bytes around them are unchanged', async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 1, max: 10 }),
      (number, digits) => {
        const value = number % 10 ** digits
        const text = written(digits, (bytes) => {
          writeDigits(bytes, 1, digits, value)
        })
        t.equal(text, `.${String(value).padStart(digits, '0')}.`)
      },
    ),
  )
})

t.test('millionths have six digits after the point', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000_000_000 }), (millionths) => {
      const text = written(17, (bytes) => {
        writeMillionths(bytes, 1, 10, millionths)
      })
      const whole = String(Math.floor(millionths / 1_000_000)).padStart(10, '0')
      t.equal(text, `.${whole}.${String(millionths % 1_000_000).padStart(6, '0')}.`)
    }),
  )
})

t.test('degrees are signed, also below one', async (t) => {
  for (const [microdegrees, text] of [
    [34_068_930, '+034.068930'],
    [-118_445_127, '-118.445127'],
    [-1, '-000.000001'],
    [0, '+000.000000'],
  ] as const)
    t.equal(
      written(11, (bytes) => {
        writeDegrees(bytes, 1, 3, microdegrees)
      }),
      `.${text}.`,
    )
})
