/** Reads JSON from bytes as Jackson does in Druid's readers: what follows a value is not looked at. */

/** A text with JSON values, one after the other. */
export class JsonBytes {
  private readonly text: string;
  private at = 0;

  /** @throws EncodingError */
  constructor(private readonly bytes: Uint8Array) {
    this.text = decode(bytes);
  }

  /** Whether more than white space follows the values that were read. */
  hasMore(): boolean {
    return /[^ \t\r\n]/.test(this.text.slice(this.at));
  }

  /** @throws Error with the reason, without the bytes */
  next(): unknown {
    if (!this.hasMore()) throw new Error("no JSON in it");
    const end = endOfValue(this.text, this.at);
    const value = this.text.slice(this.at, end);
    if (value.includes("\ufffd") && !isWellFormed(this.bytes, this.text.slice(0, end))) {
      throw new Error("bytes that are no UTF-8");
    }
    this.at = end;
    try {
      return limits.test(value) ? JSON.parse(value, keepWithin64Bits) : JSON.parse(value);
    } catch {
      throw new Error("no valid JSON");
    }
  }
}

/** The first digits of integers near the limits of 64 bits. */
const limits = /9223372036854775\d{3}/;

/** A double can't tell the largest integers of 64 bits from the first beyond them: they become the double before it. */
function keepWithin64Bits(_key: string, value: unknown, context?: { readonly source?: string }) {
  const { source = "" } = context ?? {};
  if (typeof value !== "number" || Math.abs(value) !== 2 ** 63 || !/^-?\d+$/.test(source)) {
    return value;
  }
  const exact = BigInt(source);
  return BigInt.asIntN(64, exact) === exact ? Math.sign(value) * (2 ** 63 - 2 ** 10) : value;
}

/** The JSON is so deep that Jackson, which calls itself for each level, runs out of a task's stack. */
export class NestingError extends Error {}

/** As many as a task's stack has room for (components/druid/jvm.ts), measured on Druid's Jackson, 2.12. */
const maxDepth = 900_000;

/** The bytes are neither UTF-8 nor UTF-16 nor UTF-32. */
export class EncodingError extends Error {}

export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "utf-32";

/**
 * The encoding that Jackson takes bytes for, by the mark of their order or by the zeros among the first four
 * (ByteSourceJsonBootstrapper.detectEncoding). Zero bytes before a JSON text look like UTF-32.
 */
export function encodingOf(bytes: Uint8Array): { encoding: Encoding; mark: number } {
  const [a = -1, b = -1, c = -1, d = -1] = bytes;
  const zeros = [a, b, c, d].filter((byte) => byte === 0).length;
  const isMarked32 = zeros === 2 && ((a === 0 && b === 0 && c === 0xfe) || (a === 0xff && d === 0));
  if (isMarked32) return { encoding: "utf-32", mark: 4 };
  if (a === 0xfe && b === 0xff) return { encoding: "utf-16be", mark: 2 };
  if (a === 0xff && b === 0xfe) return { encoding: "utf-16le", mark: 2 };
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: "utf-8", mark: 3 };
  if (zeros >= 3 && b === 0 && c === 0) return { encoding: "utf-32", mark: 0 };
  if (a === 0 && bytes.length > 1) return { encoding: "utf-16be", mark: 0 };
  if (b === 0) return { encoding: "utf-16le", mark: 0 };
  return { encoding: "utf-8", mark: 0 };
}

function decode(bytes: Uint8Array): string {
  const { encoding, mark } = encodingOf(bytes);
  if (encoding === "utf-32") return decode32(bytes, mark);
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes.subarray(mark));
}

function decode32(bytes: Uint8Array, mark: number): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = bytes[0] !== 0;
  let text = "";
  for (let at = mark; at < bytes.length; at += 4) {
    const code = at + 4 > bytes.length ? Number.POSITIVE_INFINITY : view.getUint32(at, isLittle);
    if (code > 0x10ffff || code === 0) {
      throw new EncodingError("zero bytes before the JSON, such as a schema registry's prefix");
    }
    text += String.fromCodePoint(code);
  }
  return text;
}

/**
 * Whether the bytes of `text`, at the start, are UTF-8 as Jackson reads it: any lead byte with as many bytes after it as it
 * says. A decoder puts U+FFFD in the place of others; the text may also have that character itself.
 */
function isWellFormed(bytes: Uint8Array, text: string): boolean {
  const { encoding, mark } = encodingOf(bytes);
  if (encoding !== "utf-8") return true;
  let at = mark;
  for (let unit = 0; unit < text.length && at < bytes.length; unit += 1) {
    const length = lengthBy(bytes[at] ?? 0);
    const rest = bytes.subarray(at + 1, at + length);
    if (length === 0 || rest.length < length - 1) return false;
    if (rest.some((byte) => byte >> 6 !== 2)) return false;
    // A character of four bytes is two units of the text.
    if (length === 4) unit += 1;
    at += length;
  }
  return true;
}

/** Number of a character's bytes by its first one; 0: it can't be the first. */
function lengthBy(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >> 5 === 0b110) return 2;
  if (lead >> 4 === 0b1110) return 3;
  return lead >> 3 === 0b11110 ? 4 : 0;
}

/** The index behind the value that begins at or after `from`; the text's length if it does not end. */
function endOfValue(text: string, from: number): number {
  const structure = /["{}[\]]|[^\s"{}[\]]+/g;
  structure.lastIndex = from;
  let depth = 0;
  for (let token = structure.exec(text); token; token = structure.exec(text)) {
    const [found] = token;
    if (found === '"') structure.lastIndex = endOfString(text, token.index);
    if (found === "{" || found === "[") depth += 1;
    if (found === "}" || found === "]") depth -= 1;
    if (depth > maxDepth) throw new NestingError(`more than ${maxDepth} objects in one another`);
    if (depth <= 0) return structure.lastIndex;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
