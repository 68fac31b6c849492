import { mkdir, open, readdir, readFile, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { PersonError } from '../person-error.js'

const FORMAT = '1'
const COUNT_DIGITS = 16
const LABEL = /^(\d{16}) reports of (\S+), format (\d+)\n$/

/**
 * The file `LABEL` in a data folder: `0000000000001234 reports of Clark, format 1`. It says whose the data are before a
 * database is let loose on them. Its number is that of all reports ever written, and the database holds the same:
 * of files that were cut short or put back from an old copy the database itself notices nothing.
 */
export class Label {
  readonly #path: string
  #file: FileHandle | undefined

  private constructor(path: string, written: number, isNew: boolean) {
    this.#path = path
    this.written = written
    this.isNew = isNew
  }

  /** How many reports were ever written when the label was read. */
  readonly written: number
  /** Whether there was nothing in the folder. */
  readonly isNew: boolean

  /** Reads the label of a folder, which is made if need be. Throws a PersonError if the folder holds anything but data of this server. */
  static async read(folder: string, server: string): Promise<Label> {
    const path = join(folder, 'LABEL')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const files = await readdir(folder)
    if (files.length === 0) {
      await writeFile(path, format(0, server), { flush: true })
      return new Label(path, 0, true)
    }
    const text = files.includes('LABEL') ? await readFile(path, 'latin1') : ''
    return new Label(path, check(folder, server, text), false)
  }

  /** Notes that so many reports were ever written. Not flushed to the disk: after a power cut a number too small does no harm. */
  async note(written: number): Promise<void> {
    // Kept open, and only overwritten: a full disk does not matter, and a sector is written whole or not at all.
    this.#file ??= await open(this.#path, 'r+')
    await this.#file.write(digits(written), 0)
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }
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
