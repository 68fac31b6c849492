import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'

const CACHES = '.build/lint'
const SETTINGS = ['eslint.config.js', 'package-lock.json', 'tsconfig.json', 'test/tsconfig.json']

const CHECKS: Readonly<Record<string, (cache: string) => string[]>> = {
  // One process for all: two would both work out the types of what tests use, which costs more than it saves.
  'eslint finds nothing': (cache) => [
    // With room for short-lived objects it spends a tenth less time collecting garbage.
    ...['--max-semi-space-size=64', 'node_modules/eslint/bin/eslint.js', '.'],
    ...['--cache', '--cache-strategy', 'content', '--cache-location', `${cache}/eslint`],
  ],
  'prettier finds nothing': (cache) => [
    'node_modules/prettier/bin/prettier.cjs',
    ...['--check', '.', '--cache', '--cache-strategy', 'content', '--cache-location', `${cache}/prettier`],
  ],
}

// They wait for nothing but the processor, which others may need too.
t.setTimeout(1_800_000)

const cache = join(CACHES, cacheKey())
mkdirSync(CACHES, { recursive: true })
for (const entry of readdirSync(CACHES))
  if (join(CACHES, entry) !== cache) rmSync(join(CACHES, entry), { recursive: true })

for (const [title, argv] of Object.entries(CHECKS))
  void t.test(title, async (t) => {
    // Without NODE_OPTIONS, in which tap names hooks of its own: they would make it slow.
    const command = ['-c', 'unset NODE_OPTIONS; exec "$0" "$@" 2>&1', process.execPath, ...argv(cache)]
    const tool = spawn('/bin/sh', command, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [output, [code]] = await Promise.all([text(tool.stdout), once(tool, 'exit') as Promise<[number]>])
    if (code !== 0) t.comment(output)
    t.equal(code, 0)
  })

/**
 * What eslint finds in a file depends on the file, the settings, and the types that other files declare; the cache knows only of the
 * file. So there is a cache for each state of the rest, and none survives a change of it.
 */
function cacheKey(): string {
  const key = createHash('sha256')
  const declarations = ['dist', '.build/test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.d.ts'))
      .map((file) => join(folder, file)),
  )
  for (const file of [...SETTINGS, ...declarations.sort()]) key.update(`${file}\n`).update(readFileSync(file))
  return key.digest('hex').slice(0, 16)
}
