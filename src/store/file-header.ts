import { PersonError } from '../person-error.js'

/** The format of journal files; that of 0.1.0, a LevelDB database, was 1. */
const FORMAT = '2'

/** More than the longest first line: a server's name has at most 64 characters. */
export const MAX_FILE_HEADER_BYTES = 256

const HEADER = /^# proxyherd (?:journal|snapshot) (\d+) of (\S+?)(?:, follows (\d+) with (\d+) bytes)?\n/

/** The file before a segment, and how many of its bytes are valid. */
export interface Predecessor {
  readonly number: number
  readonly bytes: number
}

/** The first line of a file: its owner and, for a segment that is not the first, the one before it. */
export interface FileHeader {
  /** The bytes of the line. */
  readonly length: number
  readonly follows: Predecessor | undefined
}

/** Such as `# proxyherd journal 2 of Clark, follows 7 with 12345 bytes`, with its line end. */
export function formatSegmentHeader(server: string, follows: Predecessor | undefined): string {
  const before = follows ? `, follows ${follows.number} with ${follows.bytes} bytes` : ''
  return `# proxyherd journal ${FORMAT} of ${server}${before}\n`
}

/** Such as `# proxyherd snapshot 2 of Clark`, with its line end. */
export function formatSnapshotHeader(server: string): string {
  return `# proxyherd snapshot ${FORMAT} of ${server}\n`
}

/**
 * Reads the first line of a file in a data folder of a server. Returns undefined if the line is damaged. Throws a PersonError if the file
 * belongs to another server or has another format.
 */
export function parseFileHeader(folder: string, server: string, text: string): FileHeader | undefined {
  const [line, format, owner, number, bytes] = HEADER.exec(text) ?? []
  if (line === undefined || owner === undefined) return undefined
  checkOwner(folder, server, { owner, format: String(format), known: FORMAT })
  const follows = number === undefined ? undefined : { number: Number(number), bytes: Number(bytes) }
  return { length: line.length, follows }
}

interface Ownership {
  readonly owner: string
  readonly format: string
  /** The format that this version can read. */
  readonly known: string
}

/** Throws a PersonError unless the data in a folder are of a server and a format. */
export function checkOwner(folder: string, server: string, { owner, format, known }: Ownership): void {
  if (format !== known)
    throw foreignData(`the data in ${folder} are of format ${format}, and only ${known} is known here`)
  if (owner !== server) throw foreignData(`the data in ${folder} are those of ${owner}, not ${server}`)
}

/** The error for a folder that holds something else than a server's data. */
export function foreignData(message: string): PersonError {
  return new PersonError(message, 'move it away to start with an empty one, or name another with --state')
}
