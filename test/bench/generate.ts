import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Figures, Job } from './generator.js'

/** Measures in its own process, so that no rival is measured with code that the JIT compiler optimised for another. */
export async function generate(job: Job): Promise<Figures> {
  const child = fork(new URL('generator.js', import.meta.url))
  try {
    child.send(job)
    const [answer] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => ['the generator has ended without an answer']),
    ])) as [Figures | string]
    if (typeof answer === 'string') throw new Error(`${job.rival.targets[0]?.name ?? ''}: ${answer}`)
    return answer
  } finally {
    child.kill()
  }
}
