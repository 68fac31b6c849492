import { runFolders } from '../fixtures/group.js'

// What is pure: it has no sockets, no files and no clock.
await runFolders('protocol', 'memory', 'flood', 'link')
