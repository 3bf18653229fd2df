/**
 * The map of this name that all providers of the process share. It is a property of the global object, because the code of
 * each provider is a module of its own, and because the entries must not be serialized with it.
 */
export function processWide<V>(name: string): Map<string, V> {
  const key = Symbol.for(`realtime-analytics.superset.${name}`);
  const known: Map<string, V> | undefined = Reflect.get(globalThis, key);
  if (known !== undefined) {
    return known;
  }
  const made = new Map<string, V>();
  Reflect.set(globalThis, key, made);
  return made;
}
