/** The ZIP that Superset's import takes: files stored as they are, which is all that its format needs. */
import { crc32 } from "node:zlib";

const localFile = 0x04034b50;
const centralFile = 0x02014b50;
const endOfDirectory = 0x06054b50;
const version = 20;
const utf8Names = 0x0800;
/** 1 January 1980, the format's first day: the same content always gives the same bytes. */
const zipDate = 0x21;

/** @param files content by path; Superset drops the first folder of each path. */
export function zip(files: Readonly<Record<string, string>>): Uint8Array {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const name = Buffer.from(path);
    const content = Buffer.from(text);
    const fields = sharedFields(crc32(content), content.length, name.length);
    const local = Buffer.concat([uint32(localFile), fields, name, content]);
    bodies.push(local);
    directory.push(
      Buffer.concat([
        uint32(centralFile),
        uint16(version),
        fields,
        // Comment's length, disk, internal and external attributes: none.
        Buffer.alloc(10),
        uint32(offset),
        name,
      ]),
    );
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const count = uint16(directory.length);
  const end = [uint32(endOfDirectory), uint32(0), count, count, uint32(index.length)];
  return Buffer.concat([...bodies, index, ...end, uint32(offset), uint16(0)]);
}

/** The part that a file's own header and its entry in the directory have in common. */
function sharedFields(checksum: number, length: number, nameLength: number): Buffer {
  return Buffer.concat([
    uint16(version),
    uint16(utf8Names),
    // Method 0: stored. Then the time of day.
    uint32(0),
    uint16(zipDate),
    uint32(checksum),
    uint32(length),
    uint32(length),
    uint16(nameLength),
    uint16(0),
  ]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
