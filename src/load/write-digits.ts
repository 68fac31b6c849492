const ZERO = 0x30
const PLUS = 0x2b
const MINUS = 0x2d
const MILLION = 1_000_000

/** The two digits of each number below 100. Writing digits in pairs takes two thirds of the time. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, index) => {
  const pair = index >> 1
  return ZERO + (index % 2 === 0 ? Math.floor(pair / 10) : pair % 10)
})

/** Writes a whole number below 2^32 with a fixed number of digits. */
export function writeDigits(bytes: Uint8Array, at: number, digits: number, value: number): void {
  let rest = value
  let place = at + digits
  while (place - at >= 2) {
    // `>>> 0` lets V8 use integer division.
    const hundredth = (rest / 100) >>> 0
    const pair = 2 * (rest - 100 * hundredth)
    place -= 2
    bytes[place] = PAIRS[pair] as number
    bytes[place + 1] = PAIRS[pair + 1] as number
    rest = hundredth
  }
  if (place > at) bytes[at] = ZERO + rest
}

/** Writes millionths as a decimal with a fixed number of digits before the point. The point must be there already. */
export function writeMillionths(bytes: Uint8Array, at: number, digits: number, millionths: number): void {
  const whole = Math.floor(millionths / MILLION)
  writeDigits(bytes, at, digits, whole)
  writeDigits(bytes, at + digits + 1, 6, millionths - whole * MILLION)
}

/** Writes millionths of a degree as signed decimal degrees with a fixed number of digits before the point. The point must be there already. */
export function writeDegrees(bytes: Uint8Array, at: number, digits: number, microdegrees: number): void {
  bytes[at] = microdegrees < 0 ? MINUS : PLUS
  writeMillionths(bytes, at + 1, digits, Math.abs(microdegrees))
}
