import { writeDegrees, writeDigits, writeMillionths } from './write-digits.js'

/** The request format of the servers under load. */
export interface RequestDialect {
  /** The length of the longest request in bytes. */
  readonly maxBytes: number
  /** The first byte of a reply that is not a refusal. A reply is one line, but the reply to a question goes on until an empty line. */
  readonly accepts: number
  /** Writes a report at `at` and returns its end. Positions are in millionths of a degree, times in microseconds since the epoch. */
  writeReport(
    bytes: Uint8Array,
    at: number,
    client: number,
    latitude: number,
    longitude: number,
    microseconds: number,
  ): number
  /** Writes a question where a client is and returns its end. */
  writeQuestion(bytes: Uint8Array, at: number, client: number): number
}

// Requests are copied from a template, and only digits are written. Client IDs have 20 bytes.
const REPORT_TEXT = 'IAMAT client-00000000.test +00.000000+000.000000 0000000000.000000000\n'
// Asks for 0 places: the size of Places JSON is not what is measured.
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

/** The requests of clients to a herd: IAMAT and WHATSAT. */
export const herdDialect: RequestDialect = {
  maxBytes: REPORT.length,
  accepts: 'A'.charCodeAt(0),
  writeReport(bytes, at, client, latitude, longitude, microseconds) {
    bytes.set(REPORT, at)
    writeDigits(bytes, at + CLIENT_AT, CLIENT_DIGITS, client)
    writeDegrees(bytes, at + LATITUDE_AT, 2, latitude)
    writeDegrees(bytes, at + LONGITUDE_AT, 3, longitude)
    writeMillionths(bytes, at + TIME_AT, 10, microseconds)
    // Real clients have nanoseconds. Those of a client never change, so that equal times stay equal.
    writeDigits(bytes, at + NANOSECONDS_AT, 3, client % 1_000)
    return at + REPORT.length
  },
  writeQuestion(bytes, at, client) {
    bytes.set(QUESTION, at)
    writeDigits(bytes, at + ASKED_AT, CLIENT_DIGITS, client)
    return at + QUESTION.length
  },
}
