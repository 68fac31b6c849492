import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { toText } from '../protocol/bytes.js'
import { parseCommand } from '../protocol/command.js'
import { LineReader } from '../protocol/lines.js'
import type { Report } from '../protocol/report.js'
import { LEVELDB_LABEL, type DataFolder } from './data-folder.js'
import { checkOwner, foreignData } from './file-header.js'
import { readLevelDbLog } from './leveldb-log.js'
import { readLevelDbTable } from './leveldb-table.js'
import type { LoadOptions } from './load-journal.js'

const LABEL = /^(\d{16}) reports of (\S+), format (\d+)\n$/
const FORMAT = '1'

const FILES = /^(?:\d+\.(?:ldb|log)|MANIFEST-\d+|CURRENT|LOG|LOG\.old)$/

const CHECKSUM_BYTES = 4

/** The value of the entry that counts all reports ever written. */
const COUNT = /^\d{1,16}$/

/**
 * Reads all reports in a folder that version 0.1.0 wrote, in any order and some more than once: the newest of each client is the right one.
 * Returns what is damaged or missing, in words. Throws a PersonError if they belong to another server, an error of files, or the reason of
 * the signal.
 */
export async function importLevelDb(
  folder: DataFolder,
  server: string,
  { reports, signal }: LoadOptions,
): Promise<string[]> {
  const label = await readFile(join(folder.path, LEVELDB_LABEL), 'latin1')
  const [, expected, owner, format = ''] = LABEL.exec(label) ?? []
  if (owner === undefined) throw foreignData(`${folder.path} holds no data of proxyherd`)
  checkOwner(folder.path, server, { owner, format, known: FORMAT })
  let [damaged, written] = [0, 0]
  const onValue = (value: Buffer): void => {
    const report = fromRecord(value)
    const text = report ? '' : toText(value)
    if (report) reports.load(report)
    else if (COUNT.test(text)) written = Math.max(written, Number(text))
    else damaged += 1
  }
  for (const name of await readdir(folder.path)) {
    if (!/\.(?:ldb|log)$/.test(name)) continue
    signal?.throwIfAborted()
    const bytes = await readFile(join(folder.path, name))
    const read = name.endsWith('.log') ? readLevelDbLog : readLevelDbTable
    const parts = read(bytes, onValue)
    damaged += parts
  }
  const losses: string[] = []
  if (damaged > 0) losses.push(`damaged parts of the data of version 0.1.0 in ${folder.path}: ${damaged}`)
  if (written < Number(expected))
    losses.push(
      `of the reports last written to ${folder.path} there are missing: ${Number(expected) - written}`,
    )
  return losses
}

/** Removes the files of version 0.1.0. The label is last: as long as it is there, they are read. */
export async function removeLevelDb(folder: DataFolder): Promise<void> {
  for (const name of await readdir(folder.path)) if (FILES.test(name)) await folder.remove(name)
  await folder.remove(LEVELDB_LABEL)
}

/** The report in a record: the CRC-32 of its line (little-endian), then the line. Returns undefined if the record is damaged. */
function fromRecord(record: Buffer): Report | undefined {
  const line = record.subarray(CHECKSUM_BYTES)
  if (record.length < CHECKSUM_BYTES || record.readUInt32LE() !== crc32(line)) return undefined
  const reader = new LineReader(Infinity)
  reader.push(line)
  reader.finish()
  const command = reader.next() ? parseCommand(reader) : undefined
  return command?.kind === 'at' ? command.report : undefined
}
