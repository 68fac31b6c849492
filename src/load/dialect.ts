import { putDegrees, putDigits, putMillionths } from './digits.js'

/** How requests are said to what is measured. */
export interface Dialect {
  /** The bytes of the longest request. */
  readonly maxBytes: number
  /** The first byte of a reply that says yes. A reply is a line; one that says yes to a question goes on to an empty line. */
  readonly accepts: number
  /** Writes a report at `at` and gives where it ends: position in millionths of a degree, time in microseconds since the epoch. */
  putReport(
    bytes: Uint8Array,
    at: number,
    client: number,
    latitude: number,
    longitude: number,
    microseconds: number,
  ): number
  /** Writes a question where a client is, and gives where it ends. */
  putQuestion(bytes: Uint8Array, at: number, client: number): number
}

// Requests are made beforehand, and only digits are written into a copy. IDs have 20 bytes.
const REPORT_TEXT = 'IAMAT client-00000000.test +00.000000+000.000000 0000000000.000000000\n'
// No places: they are looked up all the same, but their number is not what a herd is measured by.
const QUESTION_TEXT = 'WHATSAT client-00000000.test 0 0\n'
const REPORT = Buffer.from(REPORT_TEXT, 'latin1')
const QUESTION = Buffer.from(QUESTION_TEXT, 'latin1')

const CLIENT_DIGITS = 8
const CLIENT_AT = REPORT_TEXT.indexOf('0')
const LATITUDE_AT = REPORT_TEXT.indexOf('+')
const LONGITUDE_AT = REPORT_TEXT.indexOf('+', LATITUDE_AT + 1)
const TIME_AT = REPORT_TEXT.lastIndexOf(' ') + 1
const NANOSECONDS_AT = REPORT_TEXT.length - '000\n'.length
const ASKED_AT = QUESTION_TEXT.indexOf('0')

/** What clients say to a herd. */
export const herdDialect: Dialect = {
  maxBytes: REPORT.length,
  accepts: 'A'.charCodeAt(0),
  putReport(bytes, at, client, latitude, longitude, microseconds) {
    bytes.set(REPORT, at)
    putDigits(bytes, at + CLIENT_AT, CLIENT_DIGITS, client)
    putDegrees(bytes, at + LATITUDE_AT, 2, latitude)
    putDegrees(bytes, at + LONGITUDE_AT, 3, longitude)
    putMillionths(bytes, at + TIME_AT, 10, microseconds)
    // Nanoseconds, since real clients have them. Those of a client never change, so that its times tie when they should.
    putDigits(bytes, at + NANOSECONDS_AT, 3, client % 1_000)
    return at + REPORT.length
  },
  putQuestion(bytes, at, client) {
    bytes.set(QUESTION, at)
    putDigits(bytes, at + ASKED_AT, CLIENT_DIGITS, client)
    return at + QUESTION.length
  },
}
