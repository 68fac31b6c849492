import { MAX_WAITING } from './http-limits.js'
import type { WebRequest } from './web-route.js'

/** How many requests of this process wait. */
let waiting = 0

/**
 * Waits until a condition holds after a tick, the time is up, or the request is aborted. Resolves to whether there was room to wait. Nothing is
 * done in ticks while no request waits.
 */
export async function waitForReport(
  { requests, signal }: Pick<WebRequest, 'requests' | 'signal'>,
  holds: () => boolean,
  ms: number,
): Promise<boolean> {
  if (waiting >= MAX_WAITING) return false
  waiting += 1
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      requests.leave(participant)
      waiting -= 1
      resolve()
    }
    const participant = {
      flush: () => undefined,
      reply: () => {
        if (holds()) end()
      },
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    requests.join(participant)
    if (signal.aborted) end()
  })
  return true
}
