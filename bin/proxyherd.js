#!/usr/bin/env node
import { processStreams } from '../dist/cli/process-streams.js'

// Before anything else is loaded, because until then most signals kill the process.
const streams = processStreams(process)
const { main } = await import('../dist/cli/main.js')

process.exitCode = await main(process.argv.slice(2), streams)
