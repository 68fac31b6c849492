/**
 * An error told to a person: `message` says what is wrong, with the value; `hint` says what to do about it.
 * Both are lower case and without a full stop. Any ring may throw it; only the CLI turns it into text and an exit code.
 */
export class PersonError extends Error {
    hint;
    constructor(message, hint) {
        super(message);
        this.name = 'PersonError';
        this.hint = hint;
    }
}
