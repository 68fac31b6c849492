import type { StreamConfig } from '@nats-io/jetstream'

/** The longest message: a report of 12 KiB with its header and proof. */
export const MAX_MESSAGE_BYTES = 16 * 1024

/** What the stream must be like to keep the newest report of each client of each carrier. All else is up to who runs the broker. */
export function streamConfig(
  stream: string,
  subjects: string,
): Pick<StreamConfig, 'name' | 'subjects' | 'max_msgs_per_subject' | 'storage' | 'discard' | 'retention'> {
  return {
    name: stream,
    subjects: [subjects],
    max_msgs_per_subject: 1,
    storage: 'file',
    // A full stream must refuse messages, not drop reports of other clients.
    discard: 'new',
    retention: 'limits',
  }
}

/** What is wrong with the configuration of a stream, one entry each, in words. Brokers ignore settings that they do not know. */
export function configFaults(wanted: ReturnType<typeof streamConfig>, found: StreamConfig): string[] {
  const faults: string[] = []
  const [subjects] = wanted.subjects
  if (!found.subjects.includes(subjects as string)) faults.push(`subjects has no "${subjects}"`)
  for (const key of ['max_msgs_per_subject', 'storage', 'discard', 'retention'] as const)
    if (found[key] !== wanted[key]) faults.push(`${key} is ${found[key]}, not ${wanted[key]}`)
  if (found.max_age > 0) faults.push('max_age is set, so reports would expire')
  if (found.max_msg_size !== -1 && found.max_msg_size < MAX_MESSAGE_BYTES)
    faults.push(`max_msg_size is ${found.max_msg_size}, less than ${MAX_MESSAGE_BYTES}`)
  if (found.no_ack === true) faults.push('no_ack is set, so nothing is confirmed')
  if (found.sealed) faults.push('it is sealed, so nothing can be stored')
  return faults
}
