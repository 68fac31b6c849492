#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number)

// Nothing else is loaded before, because it may use what an older Node.js does not have.
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`proxyherd: Node.js ${process.versions.node} is too old: install 20.19 or newer\n`)
  process.exit(1)
}

// Before the rest is loaded, because until then most signals kill the process.
const { processStreams } = await import('../dist/cli/process-streams.js')
const streams = processStreams(process)
const { main } = await import('../dist/cli/main.js')

process.exitCode = await main(process.argv.slice(2), streams)
