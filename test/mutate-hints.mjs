// A plugin of Stryker that leaves out functions whose only effect is speed: they read memory so that it is in the processor's caches.
const HINTS = ['prefetch', 'touch']

/** Says why a piece of source is not mutated; undefined if it is. */
function shouldIgnore(path) {
  return path.isClassMethod() && HINTS.includes(path.node.key.name) ? 'a hint for the processor' : undefined
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'hints', value: { shouldIgnore } }]
