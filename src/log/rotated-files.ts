/** A log is at most so many files: with the size of one it bounds what a server leaves on disk. */
export const FILES_KEPT = 5

/** How the folder of a log is made. */
export const LOG_FOLDER = { recursive: true, mode: 0o700 } as const

/** The file that was rotated `age` times: `Clark.log` is 0, `Clark.log.1` is 1. */
export function rotatedPath(path: string, age: number): string {
  return age === 0 ? path : `${path}.${age}`
}

/** What is to be had of a file; undefined if there is no such file. Other errors pass. */
export async function undefinedIfMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
