import { statSync } from 'node:fs'
import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../log/make-folder.js'
import { PinnedFile, unlessGone } from './pinned-file.js'
import { foreignData } from './file-header.js'
import { LostError } from './store-errors.js'

const NANOSECONDS = 1_000_000n

/** A folder that is changed twice within this has the same time of change: some file systems keep whole seconds. */
const CLOCK_STEP = 2_000n * NANOSECONDS

const FILE = /^(\d{8})\.(journal|snapshot)$/

/** Files without which a folder still counts as empty: what a start leaves behind if it fails, and what the system keeps in each file system. */
const LEFTOVERS =
  /^(?:lost\+found|LOCK(?:\.aside)?|LABEL\.new|LOG|LOG\.old|\d{8}\.(?:snapshot\.new|damaged))$/

/** The file of 0.1.0 that names the owner of a LevelDB database. */
export const LEVELDB_LABEL = 'LABEL'

/** A file of the journal. */
export interface JournalFile {
  readonly name: string
  readonly number: number
  readonly isSnapshot: boolean
}

/** The name of a file of the journal, such as `00000007.snapshot`. */
export function journalFile(number: number, kind: 'journal' | 'snapshot'): JournalFile {
  const name = `${String(number).padStart(8, '0')}.${kind}`
  return { name, number, isSnapshot: kind === 'snapshot' }
}

/** What is in a data folder. */
export interface FolderContent {
  /** In the order of their numbers. */
  readonly files: readonly JournalFile[]
  /** Whether it holds a LevelDB database of 0.1.0. */
  readonly hasLevelDb: boolean
}

/** The folder of one server's data, kept open: a folder that is removed or replaced fails no write to a file in it. */
export class DataFolder {
  readonly path: string
  readonly #pinned: PinnedFile
  /** The time of the last change of the folder after which no file was missing. */
  #completeAt: bigint | undefined

  private constructor(path: string, pinned: PinnedFile) {
    this.path = path
    this.#pinned = pinned
  }

  /** Opens a folder, and makes it if need be. Throws an error of files. */
  static async open(path: string): Promise<DataFolder> {
    await makeFolder(path)
    return new DataFolder(path, await PinnedFile.open(path, 'r'))
  }

  get fd(): number {
    return this.#pinned.handle.fd
  }

  pathOf({ name }: Pick<JournalFile, 'name'>): string {
    return join(this.path, name)
  }

  /** Lists what is in it. Throws a PersonError if that is not the data of a server. */
  async content(): Promise<FolderContent> {
    const names = await readdir(this.path)
    const files = names.flatMap((name): JournalFile[] => {
      const [, number, kind] = FILE.exec(name) ?? []
      return number === undefined ? [] : [{ name, number: Number(number), isSnapshot: kind === 'snapshot' }]
    })
    const hasLevelDb = names.includes(LEVELDB_LABEL)
    if (files.length === 0 && !hasLevelDb && !names.every((name) => LEFTOVERS.test(name)))
      throw foreignData(`${this.path} holds no data of proxyherd`)
    return { files: files.sort((a, b) => a.number - b.number), hasLevelDb }
  }

  /** Throws a LostError unless the folder is the one that was opened, and the files with these names are in it. */
  async check(needed: ReadonlySet<string>): Promise<void> {
    const folder = await this.#pinned.inPlace()
    if (!folder) throw replaced()
    const changedAt = folder.mtimeNs
    if (changedAt === this.#completeAt) return
    const now = BigInt(Date.now()) * NANOSECONDS
    const wanted = [...needed]
    const names = new Set(await unlessGone(readdir(this.path)))
    // A compaction may have removed one meanwhile.
    if (wanted.some((name) => !names.has(name) && needed.has(name)))
      throw new LostError('files in the folder were removed')
    if (now - changedAt > CLOCK_STEP) this.#completeAt = changedAt
  }

  /** Throws a LostError unless the folder is the one that was opened: called right before a file is made in it. */
  checkNow(): void {
    const found = statSync(this.path, { bigint: true, throwIfNoEntry: false })
    if (!this.#pinned.is(found)) throw replaced()
  }

  /** Removes a file, if it is there. */
  async remove(name: string): Promise<void> {
    await unlessGone(unlink(join(this.path, name)))
  }

  /** Resolves when the names of its files are on disk. */
  sync(): Promise<void> {
    return this.#pinned.handle.sync()
  }

  close(): Promise<void> {
    return this.#pinned.close()
  }
}

function replaced(): LostError {
  return new LostError('the folder was removed or replaced')
}
