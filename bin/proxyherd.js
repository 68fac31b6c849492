#!/usr/bin/env node
import { createRequire } from 'node:module'

const [major, minor] = process.versions.node.split('.').map(Number)

// Nothing else is loaded before, because it may use what an older Node.js does not have.
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`proxyherd: Node.js ${process.versions.node} is too old: install 20.19 or newer\n`)
  process.exit(1)
}

const { run } = createRequire(import.meta.url)('../dist/cli/proxyherd.cjs')

await run(process)
