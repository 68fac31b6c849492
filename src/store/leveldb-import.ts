import type { DataFolder } from './data-folder.js'
import type { LoadOptions } from './load-journal.js'

export function importLevelDb(_folder: DataFolder, _server: string, _options: LoadOptions): Promise<string[]> {
  return Promise.resolve([])
}
export function removeLevelDb(_folder: DataFolder): Promise<void> {
  return Promise.resolve()
}
