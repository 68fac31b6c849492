/** The number of files that a log has at most. With their size, it limits the disk space that a server's log takes. */
export const FILES_KEPT = 5

/** How the folder of a log is created: for its owner only. */
export const LOG_FOLDER = { recursive: true, mode: 0o700 } as const

/** The path of the file that was rotated `age` times: `Clark.log`, `Clark.log.1`, … */
export function rotatedPath(path: string, age: number): string {
  return age === 0 ? path : `${path}.${age}`
}

/** Resolves to undefined if `operation` fails because the file is missing. Other errors pass. */
export async function undefinedIfMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
