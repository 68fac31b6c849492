import { totalmem } from 'node:os'
import * as z from 'zod/mini'

/** The units of a size in bytes, as GNU programs write them: K and KiB are 1,024, KB is 1,000. */
const UNITS: Readonly<Record<string, number>> = {
  K: 1024,
  KiB: 1024,
  KB: 1000,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  MB: 1000 ** 2,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
  GB: 1000 ** 3,
}

const SIZE = /^([0-9]+(?:\.[0-9]+)?)(K|KiB|KB|M|MiB|MB|G|GiB|GB)?$/

const MIN_BYTES = 1024 ** 2

/** Records have 32-bit addresses, which end at 16 GiB. The rest is left for clients that are known and for neighbours. */
const MAX_BYTES = 15 * 1024 ** 3

/**
 * The share of a machine's memory that reports may take by default. With an eighth, the five servers of the classic herd have enough on one
 * machine, although each holds all reports.
 */
const DEFAULT_SHARE = 1 / 8

/** A size for the memory of reports, as typed on a command line, in bytes. */
export const memorySize = z.pipe(
  z.string(),
  z.transform((text, { issues }): number => {
    const [, digits, unit] = SIZE.exec(text) ?? []
    const bytes = Math.floor(Number(digits) * (unit === undefined ? 1 : (UNITS[unit] as number)))
    const refuse = (message: string): void => void issues.push({ code: 'custom', message, input: text })
    if (digits === undefined) refuse('is not a size like 512MiB or 2G')
    else if (bytes < MIN_BYTES) refuse('is less than 1 MiB')
    else if (bytes > MAX_BYTES) refuse('is more than 15 GiB')
    return bytes
  }),
)

/** The limit of the memory for reports when none is given. `available` is what this process may use, the limit of its container included. */
export function defaultMaxMemory(available: number = availableMemory()): number {
  return Math.min(MAX_BYTES, Math.max(MIN_BYTES, Math.floor(available * DEFAULT_SHARE)))
}

/** `constrained` is 0 if there is no limit, or more than the machine has. */
export function availableMemory(constrained: number = process.constrainedMemory()): number {
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem()
}
