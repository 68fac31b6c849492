import { runFolders } from '../fixtures/group.js'

await runFolders('cli', 'load')
