/** A jar's file name → its SHA-256, in hexadecimal. */
export type JarLock = Map<string, string>;

/**
 * Reads a jars.lock: `<sha256>  <file name>` a line, sorted by name, as `sha256sum` prints.
 * @throws Error that names the line that is not so.
 */
export function parseJarLock(text: string, file: string): JarLock {
  const lock: JarLock = new Map();
  text.split("\n").forEach((line, index) => {
    if (line === "" || line.startsWith("#")) return;
    const [, hash, jar] = /^([0-9a-f]{64}) {2}([\w.+-]+\.jar)$/.exec(line) ?? [];
    if (!hash || !jar) {
      throw new Error(`${file}:${index + 1}: expected "<sha256>  <name>.jar", is "${line}"`);
    }
    lock.set(jar, hash);
  });
  return lock;
}

/** What a jars.lock says for these jars. */
export function formatJarLock(jars: JarLock): string {
  return [...jars]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([jar, hash]) => `${hash}  ${jar}\n`)
    .join("");
}

/** What differs between a lock and the jars that were resolved, one sentence each. */
export function jarDifferences(lock: JarLock, resolved: JarLock): string[] {
  const differences: string[] = [];
  for (const [jar, hash] of lock) {
    const found = resolved.get(jar);
    if (!found) differences.push(`${jar} is locked but was not resolved`);
    else if (found !== hash) differences.push(`${jar} has SHA-256 ${found}, locked is ${hash}`);
  }
  for (const jar of resolved.keys()) {
    if (!lock.has(jar)) differences.push(`${jar} was resolved but is not locked`);
  }
  return differences;
}
