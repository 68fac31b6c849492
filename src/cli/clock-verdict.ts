import type { AnyLinkStatus, AnyServerStatus } from '../net/status-probe.js'

/** Clocks that differ by more than this are worth a look: those of hosts that are synchronized differ by some milliseconds. */
const MAX_OFFSET_MS = 1_000

/** Whose clock is ahead of whose, in one line: all links whose ends have clocks that differ by more than a second. */
export function clockNotes(statuses: readonly AnyServerStatus[]): string[] {
  const notes = new Map<string, string>()
  for (const { server, links } of statuses)
    for (const link of links) {
      const ms = offsetIn(link)
      const [ahead, behind] = ms > 0 ? [link.neighbour, server] : [server, link.neighbour]
      // Both ends may have measured it.
      if (Math.abs(ms) > MAX_OFFSET_MS)
        notes.set(`${ahead} ${behind}`, `${ahead} is ${seconds(ms)} s ahead of ${behind}`)
    }
  return notes.size === 0 ? [] : [`clocks differ: ${[...notes.values()].join(', ')}`]
}

function offsetIn(link: AnyLinkStatus): number {
  return (link.state === 'up' ? link.clockOffsetMs : undefined) ?? 0
}

function seconds(ms: number): string {
  return (Math.abs(ms) / 1_000).toFixed(1)
}
