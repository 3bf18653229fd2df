/**
 * The map of this name that all providers of the process share. It is kept on the global object because each provider is
 * a program text of its own, and so that what it holds is never captured in one.
 */
export function processWide<V>(name: string): Map<string, V> {
  const key = Symbol.for(`realtime-analytics.${name}`);
  const known: Map<string, V> | undefined = Reflect.get(globalThis, key);
  if (known !== undefined) {
    return known;
  }
  const made = new Map<string, V>();
  Reflect.set(globalThis, key, made);
  return made;
}
