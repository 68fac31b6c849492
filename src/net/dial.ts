import { connect, type Socket } from 'node:net'
import { parseCommand, type Command } from '../protocol/command.js'
import { formatGreeting, LINK_VERSION, linkRefusalIn, type Greeting } from '../protocol/greeting.js'
import { textOf, type Line } from '../protocol/lines.js'
import { Connection, type ConnectionEvents } from './connection.js'
import type { HerdKeys } from './herd-key.js'
import { MAX_LINK_LINE_BYTES } from './limits.js'
import { dialSecurely } from './secure.js'
import { herdKeyWords } from './tls-words.js'
import { socketWords } from './words.js'

/** Where a server listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** How dialling a neighbour ended. */
export type Dialled =
  | { readonly kind: 'greeted'; readonly connection: Connection; readonly greeting: Greeting }
  /**
   * Somebody listens who does not know our greeting: a server of another herd program, or a proxyherd held up. `first` is what it has
   * said, if that was an AT.
   */
  | { readonly kind: 'plain'; readonly connection: Connection; readonly first?: string }
  /** Connected, but closed on our greeting without a word. */
  | { readonly kind: 'shut' }
  | { readonly kind: 'unreachable'; readonly why: string }

/** A host that swallows packets must not keep an attempt open longer than the longest backoff. */
export const CONNECT_TIMEOUT_MS = 5_000

/** A server answers a greeting at once; one that has not after this long does not know it. */
export const GREETING_TIMEOUT_MS = 250

/**
 * Dials a neighbour, with herd keys only one that has one of them, and, given a greeting, says it and waits for the answer. Calls `done` once, unless aborted through the
 * function that it returns.
 */
export function dial(
  address: Address,
  keys: HerdKeys | undefined,
  greeting: Greeting | undefined,
  done: (dialled: Dialled) => void,
  connectTimeoutMs: number = CONNECT_TIMEOUT_MS,
): () => void {
  const { socket, connected, words } = open(address, keys)
  let timer = setTimeout(() => socket.destroy(new Error('no answer')), connectTimeoutMs)
  let why = ''
  let isOpen = true
  // Without an outcome, the attempt is given up.
  const settle = (dialled?: Dialled): void => {
    if (!isOpen) return
    isOpen = false
    clearTimeout(timer)
    if (dialled) done(dialled)
    else socket.destroy()
  }
  const unreachable = (): void => {
    settle({ kind: 'unreachable', why })
  }
  socket.once('error', (error: NodeJS.ErrnoException) => (why = words(error)))
  socket.once('close', unreachable)
  socket.once(connected, () => {
    socket.off('close', unreachable)
    clearTimeout(timer)
    const connection = new Connection(socket, MAX_LINK_LINE_BYTES)
    const plain: Dialled = { kind: 'plain', connection }
    if (!greeting) {
      settle(plain)
      return
    }
    // When it was we who were held up, the answer has come by now: so it is read first.
    timer = setTimeout(() => setImmediate(settle, plain), GREETING_TIMEOUT_MS)
    connection.own(answerTo(connection, greeting.to, settle))
    connection.write(`${formatGreeting(greeting)}\n`)
  })
  return settle
}

function open(address: Address, keys: HerdKeys | undefined): Opened {
  if (keys) return { socket: dialSecurely(address, keys), connected: 'secureConnect', words: herdKeyWords }
  return { socket: connect({ ...address, allowHalfOpen: true }), connected: 'connect', words: socketWords }
}

interface Opened {
  readonly socket: Socket
  /** The event that tells that it is connected. */
  readonly connected: string
  readonly words: (error: NodeJS.ErrnoException) => string
}

function answerTo(
  connection: Connection,
  neighbour: string,
  settle: (dialled: Dialled) => void,
): ConnectionEvents {
  return {
    line: (line) => {
      settle(readAnswer(connection, line, neighbour))
    },
    ended: () => {
      connection.destroy()
    },
    closed: () => {
      settle({ kind: 'shut' })
    },
  }
}

function readAnswer(connection: Connection, line: Line, neighbour: string): Dialled {
  const answer = parseCommand(line)
  const why = misfitIn(line, answer, neighbour)
  if (why !== undefined) {
    connection.destroy()
    return { kind: 'unreachable', why }
  }
  if (answer.kind === 'greeting') return { kind: 'greeted', connection, greeting: answer.greeting }
  return { kind: 'plain', connection, ...(answer.kind === 'at' && { first: textOf(line) }) }
}

/** Why what a neighbour answers makes no link, though it is proxyherd. */
function misfitIn(line: Line, answer: Command, neighbour: string): string | undefined {
  const refusal = linkRefusalIn(textOf(line))
  if (refusal !== undefined) return `it says ${refusal}`
  if (answer.kind !== 'greeting') return undefined
  const { version, from } = answer.greeting
  if (version !== LINK_VERSION) return `it speaks version ${version} of links, not ${LINK_VERSION}`
  return from === neighbour ? undefined : `it says it is ${from}`
}
