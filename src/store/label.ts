import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PersonError } from '../person-error.js'
import { PinnedFile } from './pinned-file.js'
import { LostError } from './store-errors.js'

const FORMAT = '1'
const COUNT_DIGITS = 16
const LABEL = /^(\d{16}) reports of (\S+), format (\d+)\n$/

/** Files that a start leaves behind if it fails before the folder has a label, or if the folder is removed during it. They hold no reports. */
const LEFTOVERS: readonly string[] = ['LABEL.new', 'LOCK', 'LOG', 'LOG.old']

/**
 * The file `LABEL` in a data folder: `0000000000001234 reports of Clark, format 1`. It names the owner of the data before a
 * database is let loose on them. Its number is that of all reports ever written, and the database holds the same:
 * of files that were cut short or put back from an old copy the database itself notices nothing.
 *
 * The file and its folder are kept open and compared with what is at their paths: a folder that is removed or replaced fails no write.
 */
export class Label {
  readonly #folder: string
  readonly #server: string
  readonly #pinnedFolder: PinnedFile
  readonly #file: PinnedFile
  #noted: number

  private constructor(place: Place, folder: PinnedFile, file: PinnedFile, written: number) {
    this.#folder = place.folder
    this.#server = place.server
    this.#pinnedFolder = folder
    this.#file = file
    this.#noted = written
    this.written = written
    this.isNew = place.isNew
  }

  /** How many reports were ever written when the label was read. */
  readonly written: number
  /** Whether there was nothing in the folder. */
  readonly isNew: boolean

  /** Reads the label of a folder, which is made if need be. Throws a PersonError if the folder holds anything but data of this server. */
  static async read(folder: string, server: string): Promise<Label> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const files = await readdir(folder)
    const isNew = files.every((name) => LEFTOVERS.includes(name))
    if (isNew) await create(folder, format(0, server))
    else if (!files.includes('LABEL')) check(folder, server, '')
    const pinnedFolder = await PinnedFile.open(folder, 'r')
    let file: PinnedFile | undefined
    try {
      file = await PinnedFile.open(join(folder, 'LABEL'), 'r+')
      const written = check(folder, server, await file.handle.readFile('latin1'))
      return new Label({ folder, server, isNew }, pinnedFolder, file, written)
    } catch (error) {
      await file?.close()
      await pinnedFolder.close()
      throw error
    }
  }

  /** Notes that so many reports were ever written. Not flushed to the disk: after a power cut a number too small does no harm. */
  async note(written: number): Promise<void> {
    // Only overwritten: a full disk does not matter, and a sector is written whole or not at all.
    await this.#file.handle.write(digits(written), 0)
    this.#noted = written
  }

  /**
   * Throws a LostError unless the folder and the label are those that were read, and no other data were copied over them. Gives when a
   * file was last added to the folder or removed from it, in nanoseconds since 1970.
   */
  async check(): Promise<bigint> {
    const noted = Buffer.from(format(this.#noted, this.#server))
    const [folder, file, { buffer }] = await Promise.all([
      this.#pinnedFolder.inPlace(),
      this.#file.inPlace(),
      this.#file.handle.read(Buffer.alloc(noted.length), { position: 0 }),
    ])
    if (!folder) throw new LostError('the folder was removed or replaced')
    if (!file) throw new LostError('the file LABEL in the folder was removed or replaced')
    if (!buffer.equals(noted)) throw new LostError('other data were copied over them')
    return folder.mtimeNs
  }

  /** Writes the file anew if it is missing from the folder that was read. */
  async restore(): Promise<void> {
    if (!(await this.#pinnedFolder.inPlace())) return
    const files = await readdir(this.#folder)
    if (!files.includes('LABEL')) await create(this.#folder, format(this.#noted, this.#server))
  }

  async close(): Promise<void> {
    await this.#file.close()
    await this.#pinnedFolder.close()
  }
}

interface Place {
  readonly folder: string
  readonly server: string
  readonly isNew: boolean
}

/** Writes a label whole or not at all, since part of one would be taken for foreign data. */
async function create(folder: string, text: string): Promise<void> {
  const incomplete = join(folder, 'LABEL.new')
  await writeFile(incomplete, text, { flush: true })
  await rename(incomplete, join(folder, 'LABEL'))
}

function format(written: number, server: string): string {
  return `${digits(written)} reports of ${server}, format ${FORMAT}\n`
}

function digits(written: number): string {
  return String(written).padStart(COUNT_DIGITS, '0')
}

function check(folder: string, server: string, text: string): number {
  const [, written, owner, version] = LABEL.exec(text) ?? []
  const hint = 'move it away to start with an empty one, or name another with --state'
  if (owner === undefined) throw new PersonError(`${folder} holds no data of proxyherd`, hint)
  if (version !== FORMAT)
    throw new PersonError(
      `the data in ${folder} are of format ${String(version)}, and only ${FORMAT} is known here`,
      hint,
    )
  if (owner !== server)
    throw new PersonError(`the data in ${folder} are those of ${owner}, not ${server}`, hint)
  return Number(written)
}
