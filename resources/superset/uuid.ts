import { createHash } from "node:crypto";

/** The name space of this project's objects in Superset; any constant does, as long as it never changes. */
const uuidNamespace = "6d3f5d0a-6a8e-5c39-9b0e-0a6f5b1d7c42";

/** Whether a UUID can be one of {@link objectUuid}'s: Superset gives what people make a random one. */
export function isObjectUuid(uuid: string): boolean {
  return /^.{14}5/.test(uuid);
}

/**
 * The fixed UUID (version 5, RFC 9562) of an object in Superset. The same names give the same UUID on every machine, so
 * that an existing object is found again and adopted, and is distinguished from that of another stack.
 *
 * @param names from wide to narrow: project, stack, stream, kind, key.
 */
export function objectUuid(...names: readonly string[]): string {
  const namespace = Buffer.from(uuidNamespace.replaceAll("-", ""), "hex");
  const hash = createHash("sha1").update(namespace).update(JSON.stringify(names)).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString("hex", 0, 16);
  return [8, 12, 16, 20, 32]
    .map((end, index) => hex.slice([0, 8, 12, 16, 20][index], end))
    .join("-");
}
