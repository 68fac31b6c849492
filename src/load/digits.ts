const ZERO = 0x30
const PLUS = 0x2b
const MINUS = 0x2d
const MILLION = 1_000_000

/** The two digits of each number below 100: written two at a time, digits take two thirds of the time. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, index) => {
  const pair = index >> 1
  return ZERO + (index % 2 === 0 ? Math.floor(pair / 10) : pair % 10)
})

/** Writes a whole number below 2^32 in so many digits. */
export function putDigits(bytes: Uint8Array, at: number, digits: number, value: number): void {
  let rest = value
  let place = at + digits
  while (place - at >= 2) {
    // Shifted by no bits it is known to be whole, and is divided as such.
    const hundredth = (rest / 100) >>> 0
    const pair = 2 * (rest - 100 * hundredth)
    place -= 2
    bytes[place] = PAIRS[pair] as number
    bytes[place + 1] = PAIRS[pair + 1] as number
    rest = hundredth
  }
  if (place > at) bytes[at] = ZERO + rest
}

/** Writes millionths as a decimal with so many digits before a point that is there already. */
export function putMillionths(bytes: Uint8Array, at: number, digits: number, millionths: number): void {
  const whole = Math.floor(millionths / MILLION)
  putDigits(bytes, at, digits, whole)
  putDigits(bytes, at + digits + 1, 6, millionths - whole * MILLION)
}

/** Writes millionths of a degree as a sign and decimal degrees with so many digits before a point that is there already. */
export function putDegrees(bytes: Uint8Array, at: number, digits: number, microdegrees: number): void {
  bytes[at] = microdegrees < 0 ? MINUS : PLUS
  putMillionths(bytes, at + 1, digits, Math.abs(microdegrees))
}
