/**
 * An error for the user: `message` says what is wrong and quotes the value; `hint` says what to do about it. Both are in lower case
 * and without a full stop. Any ring may throw it; only the CLI turns it into text and an exit code.
 */
export class PersonError extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.name = 'PersonError'
    this.hint = hint
  }
}
