import { runFolders } from '../fixtures/group.js'

await runFolders('log', 'store', 'topology', 'places', 'near')
