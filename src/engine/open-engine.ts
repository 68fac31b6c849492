import { randomBytes } from 'node:crypto'
import type { DeriveSecret } from '../net/herd-key.js'
import { START_BYTES } from './envelope.js'
import { EngineLink, type EngineLinkParts, type Timer } from './engine-link.js'
import { NatsBroker, type NatsOptions } from './nats-broker.js'
import { Seal, secretToken } from './seal.js'
import { Subjects } from './subjects.js'

/** What a server gives its link to an engine. */
export type EngineParts = Pick<EngineLinkParts, 'carrier' | 'flood' | 'log' | 'random' | 'due' | 'onNews'>

export interface EngineOptions extends Pick<NatsOptions, 'servers' | 'domain' | 'access'> {
  /** The name of the herd. */
  readonly herd: string
  /** The herd keys, the one to use first; undefined in a herd without a key. */
  readonly keys: readonly [DeriveSecret, ...DeriveSecret[]] | undefined
}

/** Makes the link of a server to an engine. It connects when it is started. */
export function openEngine(options: EngineOptions, parts: EngineParts): EngineLink {
  const { herd, keys, servers, domain, access } = options
  const { carrier } = parts
  const subjects = new Subjects(herd, carrier, keys && secretToken(keys[0]))
  return new EngineLink({
    ...parts,
    name: `nats:${herd}`,
    subjects,
    broker: new NatsBroker({ subjects, name: carrier, servers, domain, access }),
    seal: keys && new Seal(keys),
    start: randomBytes(START_BYTES),
    timer: TIMER,
  })
}

const TIMER: Timer = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref()
    return () => {
      clearTimeout(timer)
    }
  },
}
