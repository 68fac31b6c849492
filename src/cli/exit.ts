import { PersonError } from '../person-error.js'

/** What the program's exit codes mean. `failed` includes an answer that was `? …`. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const

/** A command line that cannot be understood: ends the program with `EXIT.usage`. */
export class UsageError extends PersonError {}
