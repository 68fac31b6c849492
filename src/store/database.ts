import { cp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { ClassicLevel } from 'classic-level'
import { compareReports } from '../flood/newer.js'
import { toText } from '../protocol/bytes.js'
import type { Report } from '../protocol/report.js'
import type { Label } from './label.js'
import { fromRecord, toRecord } from './record.js'
import { isDamaged } from './table.js'
import { DamageError, faultWords, isDamage } from './words.js'

/** Between two parts of this size, some milliseconds of work, clients and neighbours are served. */
const PART_REPORTS = 1_000

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

  /** `onLoss` is told in words what turns out to be damaged or missing. */
  constructor(folder: string, label: Label, onLoss: (words: string) => void) {
    this.#folder = folder
    this.#label = label
    this.#onLoss = onLoss
    this.#written = label.written
    this.#level = new ClassicLevel(folder, {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
      // So that the checksums of a table can be found without Snappy.
      compression: false,
    })
    // Or it opens by itself, before its files have been looked at.
    void this.#level.close()
  }

  /** Opens the database and gives every report in it, some perhaps twice, each in memory of its own. Throws an error of LevelDB or of files. */
  async load(onReport: (report: Report) => void): Promise<void> {
    await this.#mending(async () => {
      for (const table of await this.#damagedTables()) throw new DamageError(`wrong checksum in ${table}`)
      await this.#open()
      const damaged = await this.#read(onReport)
      if (damaged > 0) throw new DamageError(`damaged reports: ${damaged}`)
    })
  }

  /** Resolves when reports are on disk, all or none; they may be asked for twice. Throws an error of LevelDB or of files. */
  async write(reports: Iterable<Report>): Promise<void> {
    await this.#mending(async () => {
      if (this.#level.status !== 'open') await this.#open()
      await this.#commit(reports)
    })
  }

  async close(): Promise<void> {
    await this.#level.close()
    await this.#label.close()
  }

  /** Does some work; if that fails for damaged files, builds them anew and does it once more. */
  async #mending(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      // After a failed write LevelDB takes no other: how its log ends is known only when it is opened again.
      await this.#level.close()
      if (!isDamage(error)) throw error
      await this.#rebuild(faultWords(error))
      await work()
    }
  }

  async #open(): Promise<void> {
    // A label without a database is damage. LevelDB would begin anew, and delete what is left of the old one.
    await this.#level.open({ createIfMissing: this.#label.isNew })
    // LevelDB leaves out damaged parts of its log in silence, but for a line in a file of its own.
    const log = await readFile(join(this.#folder, 'LOG'), 'latin1')
    let dropped = 0
    for (const [, bytes] of log.matchAll(/dropping (\d+) bytes/g)) dropped += Number(bytes)
    if (dropped > 0)
      this.#onLoss(`bytes of the newest data in ${this.#folder} that were damaged and are lost: ${dropped}`)
    const written = Number.parseInt(String(await this.#level.get(WRITTEN_KEY)), 10) || 0
    if (written < this.#written)
      this.#onLoss(
        `of the reports last written to ${this.#folder} there are missing: ${this.#written - written}`,
      )
    this.#written = Math.max(written, this.#written)
  }

  /** Gives how many records are damaged. */
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
    await this.#label.note(written)
    this.#written = written
  }

  /** Saves what can be read into a new database. */
  async #rebuild(why: string): Promise<void> {
    // So that nothing is lost if this fails too, and for a person who knows better. No server has a name with "~".
    const copy = `${this.#folder}~damaged`
    await rm(copy, { recursive: true, force: true })
    await cp(this.#folder, copy, { recursive: true })
    const saved = await this.#salvage()
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

  async #damagedTables(): Promise<string[]> {
    const damaged: string[] = []
    for (const file of await readdir(this.#folder))
      if (file.endsWith('.ldb') && isDamaged(await readFile(join(this.#folder, file)))) damaged.push(file)
    return damaged
  }
}
