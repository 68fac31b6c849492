import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import t from 'tap'

/** Some of the packages that it holds. */
const BUNDLED = ['chalk', 'cli-table3', 'commander', 'geokdbush', 'jsonc-parser', 'kdbush', 'p-limit', 'zod']

/** A tenth more than it has. The locales of zod alone, which zod/mini leaves out, would exceed it and delay each start. */
const MAX_BYTES = 1_050_000

/** The packages that it imports at their first use. */
const LATE = ['@nats-io/jetstream', '@nats-io/transport-node', 'cli-progress', 'got', 'log-update', 'ora']

void t.test('the build writes the program to one file, and the licences of what it holds', async (t) => {
  await import('../../src/cli/bundle.js')
  const bundle = readFileSync('dist/cli/proxyherd.cjs', 'utf8')
  const named = (pattern: RegExp): string[] =>
    [...new Set([...bundle.matchAll(pattern)].map(([, name = '']) => name))]
      .filter((name) => !isBuiltin(name))
      .sort()
  t.same(named(/\brequire\("([^"]+)"\)/g), [], 'it loads no other file')
  t.same(named(/\bimport\("([^"]+)"\)/g), LATE, 'and imports what no start needs')
  t.ok(bundle.length < MAX_BYTES, `${bundle.length} bytes`)
  const licences = readFileSync('dist/cli/licences.txt', 'utf8')
  const sections = licences.split(/^(?=[@a-z0-9/-]+ \d+\.\d+\.\d+\n\n)/m)
  t.match(
    sections.map((section) => section.split(' ')[0]),
    new Set(BUNDLED),
  )
  for (const section of sections) t.match(section, /copyright|permission/i)
})
