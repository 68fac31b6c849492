import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { DamagedRange } from './segment-reader.js'

/** Damaged parts of one file, and what they are called. */
export interface FileDamage {
  readonly name: string
  readonly ranges: readonly DamagedRange[]
  /** Whether the last of them reaches to the end of the newest file: then a write that was not completed is the likely cause. */
  readonly isTorn: boolean
}

/** How many reports the damaged parts held, as far as can be seen. */
export function damagedReports({ ranges }: FileDamage): number {
  return ranges.reduce((sum, { reports }) => sum + reports, 0)
}

/** Describes damage in words: the file, where it begins, and how many reports are lost. */
export function damageWords(folder: string, damage: FileDamage): string {
  const { name, ranges, isTorn } = damage
  const [first] = ranges as [DamagedRange]
  const path = join(folder, name)
  const bytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0)
  const kept = `reports lost: ${damagedReports(damage)}; the bytes are kept in ${join(folder, asideName(name))}`
  if (isTorn && ranges.length === 1)
    return `${path} was not written to its end: ${bytes} bytes from byte ${first.start} on are left out; ${kept}`
  const places = ranges.length === 1 ? '' : ` (the first of ${ranges.length} places)`
  return `${path} is damaged at byte ${first.start}${places}, ${bytes} bytes in all; ${kept}`
}

/** Copies the damaged parts of a file to `NUMBER.damaged`, for a person to look at. Throws an error of files. */
export async function setAside(folder: string, { name, ranges }: FileDamage): Promise<void> {
  const copy = await open(join(folder, asideName(name)), 'a', 0o600)
  try {
    for (const { start, end } of ranges) {
      await copy.appendFile(`# ${name} from byte ${start} to ${end}\n`)
      for await (const bytes of createReadStream(join(folder, name), { start, end: end - 1 }))
        await copy.appendFile(bytes as Buffer)
    }
  } finally {
    await copy.close()
  }
}

/** Such as `00000007.damaged`. */
function asideName(name: string): string {
  return `${name.replace(/\.\w+$/, '')}.damaged`
}
