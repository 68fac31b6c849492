import { open, type FileHandle } from 'node:fs/promises'
import { spells, toText } from '../protocol/bytes.js'
import { parseCommand } from '../protocol/command.js'
import { LineReader } from '../protocol/lines.js'
import { NO_LINE, type Report } from '../protocol/report.js'
import { scanReport, type ReportSpan } from '../protocol/report-scanner.js'
import type { Statement } from '../protocol/statement.js'
import type { DataFolder, JournalFile } from './data-folder.js'
import { MAX_FILE_HEADER_BYTES, parseFileHeader, type FileHeader } from './file-header.js'
import type { FileDamage } from './damage.js'
import { readBlocks, type DamagedRange } from './segment-reader.js'

/** The last line of a snapshot: without it, the snapshot was cut short. */
export const SNAPSHOT_END = '# end\n'

/** About as many bytes as most lines have. A snapshot has one for each client, so its size says how many clients there are. */
const USUAL_LINE_BYTES = 80

/** A file of the journal, open to be read. */
interface OpenedFile {
  readonly file: JournalFile
  readonly handle: FileHandle
  readonly bytes: number
  /** Where its first block starts, and what its header says of the file before it; undefined if the header is damaged. */
  readonly header: FileHeader | undefined
  /** Whether it is a snapshot that has its last line. */
  readonly hasEnd: boolean
}

/** What the files of a journal were like. */
export interface LoadedFiles {
  readonly damages: readonly FileDamage[]
  /** What is missing or was cut short, in words. */
  readonly missing: readonly string[]
  /** The size of each file, by its number. */
  readonly sizes: ReadonlyMap<number, number>
}

/** Takes in the reports that are loaded. */
export interface LoadedReports {
  load(report: Report): void
  /** The same for any statement, in a line that begins with its generation. */
  load(statement: Statement, generation: 'stated'): void
  /**
   * Takes in the report in the line from `start`, if another server of the process has the same line, and finding that takes less than
   * reading it. Returns the offset of its line end, or `NO_LINE`.
   */
  loadShared(bytes: Uint8Array, start: number, to: number): number
  /** Makes room for about so many clients. */
  reserve(clients: number): void
}

export interface LoadOptions {
  readonly reports: LoadedReports
  /** Called before the files are read, with their size in bytes. */
  readonly onStart?: ((bytes: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Reads all reports of a journal. Throws a PersonError if a file belongs to another server, an error of files, or the reason of the signal. */
export async function loadJournal(
  folder: DataFolder,
  server: string,
  files: readonly JournalFile[],
  options: LoadOptions,
): Promise<LoadedFiles> {
  const opened: OpenedFile[] = []
  try {
    // All owners first, since nothing may be taken from the folder of another server.
    for (const file of files) opened.push(await openFile(folder, server, file))
    options.onStart?.(opened.reduce((sum, { bytes }) => sum + bytes, 0))
    const snapshot = opened.findLast(({ file }) => file.isSnapshot)
    options.reports.reserve(Math.ceil((snapshot?.bytes ?? 0) / USUAL_LINE_BYTES))
    const ends = endsOf(opened)
    const damages: FileDamage[] = []
    for (const each of opened) {
      const ranges = await readFile(each, ends.get(each.file.number) ?? each.bytes, options)
      const isTorn = each === opened.at(-1) && ranges.at(-1)?.end === each.bytes
      if (ranges.length > 0) damages.push({ name: each.file.name, ranges, isTorn })
    }
    const sizes = new Map(opened.map(({ file, bytes }) => [file.number, ends.get(file.number) ?? bytes]))
    return { damages, missing: missingIn(folder, opened), sizes }
  } finally {
    for (const { handle } of opened) await handle.close()
  }
}

async function openFile(folder: DataFolder, server: string, file: JournalFile): Promise<OpenedFile> {
  const handle = await open(folder.pathOf(file), 'r')
  try {
    const { size } = await handle.stat()
    const start = Buffer.alloc(MAX_FILE_HEADER_BYTES)
    const { bytesRead } = await handle.read(start, 0, start.length, 0)
    const header = parseFileHeader(folder.path, server, toText(start, 0, bytesRead))
    const hasEnd = file.isSnapshot && (await endsWith(handle, size, SNAPSHOT_END))
    return { file, handle, bytes: size, header, hasEnd }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Where the valid bytes of segments end, as the segments after them say: behind that is a write that failed. */
function endsOf(opened: readonly OpenedFile[]): Map<number, number> {
  const ends = new Map<number, number>()
  for (const { header } of opened)
    if (header?.follows) {
      const before = opened.find(({ file }) => file.number === header.follows?.number)
      if (before && before.bytes > header.follows.bytes) ends.set(before.file.number, header.follows.bytes)
    }
  return ends
}

async function readFile(
  { handle, bytes, header, hasEnd }: OpenedFile,
  validBytes: number,
  { reports, signal }: LoadOptions,
): Promise<readonly DamagedRange[]> {
  const start = header?.length ?? 0
  const end = hasEnd ? bytes - SNAPSHOT_END.length : validBytes
  const onBlock = (memory: Buffer, from: number, to: number): boolean =>
    readReports(memory, from, to, reports)
  return readBlocks(handle, { start, end }, onBlock, signal)
}

/** Reads the reports in some lines. Returns whether all lines are reports. */
function readReports(bytes: Buffer, from: number, to: number, reports: LoadedReports): boolean {
  const report: ReportSpan = { bytes, start: 0, client: 0, position: 0, time: 0, end: 0 }
  let at = from
  while (at < to) {
    let end = reports.loadShared(bytes, at, to)
    if (end === NO_LINE) {
      end = scanReport(report, bytes, at, to)
      if (end === NO_LINE) return parseReports(bytes.subarray(at, to), reports)
      reports.load(report)
    }
    at = end + 1
  }
  return true
}

/** Does the same for lines in any notation of the protocol. */
function parseReports(lines: Uint8Array, reports: LoadedReports): boolean {
  const reader = new LineReader(Infinity)
  reader.push(lines)
  let areReports = true
  while (reader.next()) {
    const command = parseCommand(reader)
    if (command.kind === 'at') reports.load(command.report)
    else if (command.kind === 'statement') reports.load(command.statement, 'stated')
    else areReports = false
  }
  return areReports
}

async function endsWith(handle: FileHandle, bytes: number, text: string): Promise<boolean> {
  const end = Buffer.alloc(text.length)
  const { bytesRead } = await handle.read(end, 0, end.length, Math.max(0, bytes - end.length))
  return spells(end, 0, bytesRead, text)
}

/**
 * Which files the others refer to are missing or too short. A snapshot, and a segment that follows no other, holds or is followed by all
 * reports that were in files with lower numbers.
 */
function missingIn(folder: DataFolder, opened: readonly OpenedFile[]): string[] {
  const words: string[] = []
  const snapshot = opened.findLast(({ file }) => file.isSnapshot)
  if (snapshot && !snapshot.hasEnd) words.push(`${folder.pathOf(snapshot.file)} was cut short`)
  const base = Math.max(...opened.map(({ file, header }) => (header?.follows ? 0 : file.number)))
  for (const { file, header, bytes } of opened) {
    if (bytes === 0) words.push(`${folder.pathOf(file)} is empty`)
    const follows = header?.follows
    if (!follows || follows.number < base) continue
    const before = opened.find((other) => other.file.number === follows.number)
    if (!before) words.push(`files before ${folder.pathOf(file)} are missing`)
    else if (!before.file.isSnapshot && before.bytes < follows.bytes)
      words.push(`${folder.pathOf(before.file)} was cut short by ${follows.bytes - before.bytes} bytes`)
  }
  return words
}
