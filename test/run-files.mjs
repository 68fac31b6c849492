// Runs some files of tests as they were compiled: "npm run test:file test/flood/trees.ts".
import { spawnSync } from 'node:child_process'
import process from 'node:process'

const files = process.argv
  .slice(2)
  .map((file) => file.replace(/^(\.\/)?test\//, '.build/test/').replace(/\.ts$/, '.js'))
const { status } = spawnSync('tap', ['--disable-coverage', '--timeout=0', ...files], { stdio: 'inherit' })
process.exitCode = status ?? 1
