import { runFolders } from '../fixtures/group.js'

// Most of it is tested with a real broker, where there is one.
await runFolders('engine')
