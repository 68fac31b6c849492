import { PersonError } from '../person-error.js'

/** The exit codes of the program. `failed` includes a reply that was `? …`. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const

/** The command line is wrong. Ends the program with `EXIT.usage`. */
export class UsageError extends PersonError {}
