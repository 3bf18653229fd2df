import { crc32 } from "node:zlib";

/**
 * The manifest of a jar without classes whose class path is `paths`, relative to it. Lines are
 * wrapped at 72 bytes, the limit of the JAR file specification.
 */
export function classPathManifest(paths: string[]): string {
  const line = `Class-Path: ${paths.join(" ")}`;
  const wrapped = [line.slice(0, 72)];
  for (let at = 72; at < line.length; at += 71) wrapped.push(` ${line.slice(at, at + 71)}`);
  return ["Manifest-Version: 1.0", ...wrapped, "", ""].join("\r\n");
}

/** A ZIP archive of one uncompressed file, dated 1980-01-01, the format's first day. */
export function zipOfOne(name: string, text: string): Buffer {
  const path = Buffer.from(name);
  const data = Buffer.from(text);
  const entry = Buffer.alloc(26);
  entry.writeUInt16LE(20, 0); // version needed to extract: 2.0
  entry.writeUInt16LE(0x21, 8); // date
  entry.writeUInt32LE(crc32(data), 10);
  entry.writeUInt32LE(data.length, 14);
  entry.writeUInt32LE(data.length, 18);
  entry.writeUInt16LE(path.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), entry, path, data]);
  const central = Buffer.concat([
    Buffer.from("PK\x01\x02\x14\x00"), // made by version 2.0
    entry,
    Buffer.alloc(14), // no comment, disk 0, no attributes, local header at 0
    path,
  ]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from("PK\x05\x06"), end]);
}
