import { runFolders } from '../fixtures/group.js'

await runFolders('server')
