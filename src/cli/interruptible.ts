import { createContext, Script } from 'node:vm'

// A script can be stopped while it runs, a function of this program cannot.
const script = new Script('run()')
const context = createContext({ run: undefined as unknown })

/**
 * Runs a function that may take for ever, such as a search with a pattern that a user gave. SIGINT stops it, which its listeners could not
 * do before it returns. Returns undefined if it was stopped.
 */
export function interruptible<T>(run: () => T): T | undefined {
  context['run'] = run
  try {
    return script.runInContext(context, { breakOnSigint: true }) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') return undefined
    throw error
  }
}
