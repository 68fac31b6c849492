import { cp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { ClassicLevel } from 'classic-level'
import { compareReports } from '../protocol/merge.js'
import { toText } from '../protocol/bytes.js'
import type { Report } from '../protocol/report.js'
import type { Label } from './label.js'
import { unlessGone } from './pinned-file.js'
import { fromRecord, toRecord } from './record.js'
import { isDamaged } from './table.js'
import { DamageError, faultWords, isDamage, LostError } from './store-errors.js'

/** Between two parts of this size, some milliseconds of work, clients and neighbours are served. */
const PART_REPORTS = 1_000

/** LevelDB cannot be opened again without one file of each kind. */
const NEEDED_FILES: readonly RegExp[] = [/^CURRENT$/, /^LOCK$/, /^MANIFEST-\d+$/, /^\d+\.log$/]

const NANOSECONDS = 1_000_000n

/** A write that follows the last check so closely does without another before it. */
const RECENT_MS = 50

/** A folder that is changed twice within this has the same time of change: some file systems keep whole seconds. */
const CLOCK_STEP = 2_000n * NANOSECONDS

/** No client has this key, because a client ID holds no space. */
const WRITTEN_KEY = Buffer.from(' written')

/**
 * The reports of one server in LevelDB, the newest of each client under its ID. LevelDB, not LMDB: that maps its file into
 * memory without checksums, and in a damaged one it finds wrong reports or takes the process down (SIGBUS, SIGSEGV).
 * LevelDB also locks the folder with a lock of the system, which ends with the process however it dies.
 */
export class Database {
  readonly #folder: string
  readonly #label: Label
  readonly #onLoss: (words: string) => void
  readonly #level: ClassicLevel<Buffer, Buffer>
  #written: number
  #isNew: boolean
  #checkedAt = -Infinity
  /** The time of the last change of the folder after which no file was missing. */
  #completeAt: bigint | undefined

  /** `onLoss` is called with a description of what is damaged or missing. */
  constructor(folder: string, label: Label, onLoss: (words: string) => void) {
    this.#folder = folder
    this.#label = label
    this.#onLoss = onLoss
    this.#written = label.written
    this.#isNew = label.isNew
    this.#level = new ClassicLevel(folder, {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
      // Without Snappy, the checksums of a table can be found.
      compression: false,
    })
    // Otherwise it opens by itself, before its files have been checked.
    void this.#level.close()
  }

  /** Opens the database and returns every report in it, some perhaps twice, each in its own memory. Throws a LevelDB or file error. */
  async load(onReport: (report: Report) => void): Promise<void> {
    try {
      await this.#load(onReport)
    } catch (error) {
      await this.#level.close()
      if (!isDamage(error)) throw error
      // If the folder holds other data now, there is nothing to rebuild.
      await this.#label.check()
      await this.#rebuild(faultWords(error))
      await this.#load(onReport)
    }
  }

  /**
   * Resolves when reports are on disk, all or none; they may be asked for twice. Throws a LostError if reports that were written before, or
   * these, are not; or an error of LevelDB or of files.
   */
  async write(reports: Iterable<Report>): Promise<void> {
    // Before LevelDB makes or removes files in a folder that is not ours.
    if (performance.now() - this.#checkedAt > RECENT_MS) await this.check()
    try {
      if (this.#level.status !== 'open') {
        const [loss] = await this.#open()
        if (loss !== undefined) throw new LostError(loss)
      }
      await this.#commit(reports)
    } catch (error) {
      // After a failed write LevelDB takes no other: how its log ends is known only when it is opened again.
      await this.#level.close()
      await this.#label.check()
      throw isDamage(error) ? new LostError(faultWords(error)) : error
    }
  }

  /**
   * Throws a LostError unless the folder is the one that was opened and no file is missing from it. LevelDB does not notice: it writes to
   * files that are open, and reads most of the others at the next start only.
   */
  async check(): Promise<void> {
    const changedAt = await this.#label.check()
    this.#checkedAt = performance.now()
    if (this.#level.status !== 'open' || changedAt === this.#completeAt) return
    const now = BigInt(Date.now()) * NANOSECONDS
    await this.#checkFiles()
    if (now - changedAt > CLOCK_STEP) this.#completeAt = changedAt
  }

  /** Closes the files, so that the folder can be opened again, and restores the label if only that is missing. */
  async release(): Promise<void> {
    await this.#level.close()
    await this.#label.restore()
  }

  async close(): Promise<void> {
    await this.#level.close()
    await this.#label.close()
  }

  async #load(onReport: (report: Report) => void): Promise<void> {
    for (const table of await this.#damagedTables()) throw new DamageError(`wrong checksum in ${table}`)
    for (const loss of await this.#open()) this.#onLoss(loss)
    const damaged = await this.#read(onReport)
    if (damaged > 0) throw new DamageError(`damaged reports: ${damaged}`)
  }

  /** Opens LevelDB. Returns a description of what is lost. */
  async #open(): Promise<string[]> {
    const losses: string[] = []
    // A label without a database is damage. LevelDB would begin anew, and delete what is left of the old one.
    await this.#level.open({ createIfMissing: this.#isNew })
    this.#isNew = false
    // LevelDB leaves out damaged parts of its log in silence, but for a line in a file of its own.
    const log = await readFile(join(this.#folder, 'LOG'), 'latin1')
    let dropped = 0
    for (const [, bytes] of log.matchAll(/dropping (\d+) bytes/g)) dropped += Number(bytes)
    if (dropped > 0)
      losses.push(`bytes of the newest data in ${this.#folder} that were damaged and are lost: ${dropped}`)
    const written = Number.parseInt(String(await this.#level.get(WRITTEN_KEY)), 10) || 0
    if (written < this.#written)
      losses.push(
        `of the reports last written to ${this.#folder} there are missing: ${this.#written - written}`,
      )
    this.#written = Math.max(written, this.#written)
    return losses
  }

  /** Returns how many records are damaged. */
  async #read(onReport: (report: Report) => void): Promise<number> {
    let damaged = 0
    const iterator = this.#level.iterator({ fillCache: false })
    for (;;) {
      const entries = await iterator.nextv(PART_REPORTS)
      if (entries.length === 0) break
      for (const [key, record] of entries) {
        const report = fromRecord(record)
        if (report) onReport(report)
        else if (!key.equals(WRITTEN_KEY)) damaged += 1
      }
    }
    await iterator.close()
    return damaged
  }

  async #commit(reports: Iterable<Report>): Promise<void> {
    const batch = this.#level.batch()
    let size = 0
    for (const report of reports) {
      const { key, value } = toRecord(report)
      // It copies them.
      batch.put(key, value)
      size += 1
      if (size % PART_REPORTS === 0) await turn()
    }
    const written = this.#written + size
    batch.put(WRITTEN_KEY, Buffer.from(String(written)))
    await batch.write({ sync: true })
    await this.check()
    await this.#label.note(written)
    this.#written = written
  }

  /** Saves what can be read into a new database. */
  async #rebuild(why: string): Promise<void> {
    // Keep the old files in case this fails too, or a person can recover more. No server has a name with "~".
    const copy = `${this.#folder}~damaged`
    await rm(copy, { recursive: true, force: true })
    await cp(this.#folder, copy, { recursive: true })
    const saved = await this.#salvage()
    // That can have taken long, and nothing foreign may be destroyed.
    await this.#label.check()
    await ClassicLevel.destroy(this.#folder)
    await this.#level.open()
    await this.#commit(saved.values())
    this.#onLoss(
      `the data in ${this.#folder} were damaged (${why}): reports saved: ${saved.size}; all is kept as it was in ${copy}`,
    )
  }

  async #salvage(): Promise<Map<string, Report>> {
    const saved = new Map<string, Report>()
    const save = (report: Report): void => {
      // An old report can have come to light again, under a damaged key.
      const client = toText(report.bytes, report.client, report.position - 1)
      const known = saved.get(client)
      if (!known || compareReports(report, known) > 0) saved.set(client, report)
    }
    for (const table of await this.#damagedTables()) await rm(join(this.#folder, table))
    await ClassicLevel.repair(this.#folder)
    await this.#level.open()
    await this.#read(save)
    await this.#level.close()
    return saved
  }

  async #checkFiles(): Promise<void> {
    const tables = this.#liveTables()
    const files = new Set(await unlessGone(readdir(this.#folder)))
    for (const kind of NEEDED_FILES)
      if (![...files].some((file) => kind.test(file))) throw new LostError('files in the folder were removed')
    // LevelDB removes a table itself when it has merged it into others.
    const stillLive = new Set(this.#liveTables())
    if (tables.some((table) => !files.has(table) && stillLive.has(table)))
      throw new LostError('files in the folder were removed')
  }

  /** The names of the tables that hold what is in the database now. */
  #liveTables(): string[] {
    // " 17:2118['a' @ 1 : 1 .. 'b' @ 2 : 1]", a line a table; its keys hold no line end.
    const tables = this.#level.getProperty('leveldb.sstables').matchAll(/^ (\d+):/gm)
    return Array.from(tables, ([, number = '']) => `${number.padStart(6, '0')}.ldb`)
  }

  async #damagedTables(): Promise<string[]> {
    const damaged: string[] = []
    for (const file of await readdir(this.#folder))
      if (file.endsWith('.ldb') && isDamaged(await readFile(join(this.#folder, file)))) damaged.push(file)
    return damaged
  }
}
