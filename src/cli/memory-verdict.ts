import prettyBytes from 'pretty-bytes'
import type { AnyServerStatus } from '../net/status-probe.js'
import { formatCount } from '../topology/format-list.js'

/** Whether the memory for reports of a server is full, so that it and its neighbours refuse new clients. */
export function isMemoryFull({ memory }: AnyServerStatus): boolean {
  return memory !== undefined && memory.bytes >= memory.maxBytes
}

/** How much memory a server needs for reports: `41 kB`, `3 GB full`, or `41 kB, 2 tombstones` if clients are forgotten. */
export function memoryCell(status: AnyServerStatus): string {
  const { memory } = status
  if (!memory) return '?'
  const tombstones = memory.tombstones > 0 ? `, ${formatCount(memory.tombstones, 'tombstone')}` : ''
  return `${prettyBytes(memory.bytes)}${isMemoryFull(status) ? ' full' : ''}${tombstones}`
}

/** What a server has refused for want of memory, in a line each. */
export function memoryNotes(status: AnyServerStatus): string[] {
  const { server, memory } = status
  const notes: string[] = []
  if (memory && isMemoryFull(status))
    notes.push(
      `${server} and its neighbours refuse new clients: its memory for reports, ${prettyBytes(memory.maxBytes)}, is full`,
    )
  if (memory && memory.refused > 0)
    notes.push(
      `${server} has refused ${formatCount(memory.refused, 'report')} of new clients for want of memory`,
    )
  return notes
}
