import { measureCatchUp } from './catch-up.js'

await measureCatchUp((words) => {
  console.log(words)
})
