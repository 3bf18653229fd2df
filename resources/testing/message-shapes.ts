/** Messages of every shape, for properties over what Druid makes of them. */
import * as fc from "fast-check";

/** The columns of the stream that the messages are for; its time is `at`. */
export const shapeColumns = [
  { name: "name", type: "string" },
  { name: "amount", type: "double" },
  { name: "pieces", type: "long" },
  { name: "probe_id", type: "string" },
];

/** A row of such a message has the mark as its `probe_id`. */
type Shape = (mark: string) => fc.Arbitrary<Buffer | null>;

const iso = "2026-01-02T03:04:05Z";
const noNumbers = ["1,000.00", "", "N/A", [1, 2], [], { v: 1 }, {}, " 1 ", "1e", "0x1f", "١ "];
const numbers = [0, -1, 1.5, 1e3, 1e308, "1.5", "7", "1e3", "-0", 2 ** 63, null, true, false];
/** Few different days, because each is a segment in Druid. */
const times = [
  ...[iso, "2026-01-02 03:04:05", "2026-01-02", "2026-01-02T03:04:05+02:00", "2026-01"],
  ...[1767323045, 1767323045000, "1767323045", "20260102T030405Z", "not a time", "", " ", null],
  ...["2026-02-30", "2026-01-02T25:00:00Z", "2026-13-01", "02/01/2026", true, [], {}, [1], 1e30],
];

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
/** The time is last, so that a change of the bytes before it makes no new day. */
const event = (mark: string, fields: object = {}) => ({
  probe_id: mark,
  name: "é€😀",
  amount: 1.5,
  pieces: 2,
  ...fields,
  at: "at" in fields ? fields.at : iso,
});
const good = (mark: string) => json(event(mark));
const swapped = (buffer: Buffer) => Buffer.from(buffer).swap16();
const utf32 = (text: string) =>
  Buffer.concat(
    [...text].map((character) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(character.codePointAt(0) ?? 0);
      return bytes;
    }),
  );

const shapes: readonly Shape[] = [
  (mark) => fc.constant(good(mark)),
  (mark) =>
    fc
      .record({
        amount: fc.oneof(fc.constantFrom<unknown>(...noNumbers, ...numbers), fc.jsonValue()),
        pieces: fc.oneof(fc.constantFrom<unknown>(...noNumbers, ...numbers), fc.jsonValue()),
        name: fc.jsonValue(),
      })
      .map((fields) => json(event(mark, fields))),
  (mark) => fc.constantFrom<unknown>(...times).map((at) => json(event(mark, { at }))),
  (mark) =>
    fc
      .subarray(["name", "amount", "pieces", "at"])
      .map((keys) => json(event(mark, Object.fromEntries(keys.map((key) => [key, undefined]))))),
  // Several objects, on one line or on several, and what may stand between and behind them.
  (mark) =>
    fc
      .tuple(
        fc.constantFrom("", " ", "\n", "\r\n", "\n\n", ",", "x", "\r", "\u0000"),
        fc.constantFrom(good(mark), Buffer.from("{ no json"), Buffer.alloc(0)),
      )
      .map(([between, second]) => Buffer.concat([good(mark), Buffer.from(between), second])),
  // A registry's prefix, a mark of the byte order, or other bytes before the JSON.
  (mark) =>
    fc
      .oneof(
        fc.constantFrom(
          [0, 0, 0, 0, 1],
          [0, 0, 0, 0, 10],
          [0, 0, 0, 1, 2],
          [0xef, 0xbb, 0xbf],
          [0],
        ),
        fc.array(fc.nat(255), { maxLength: 6 }),
      )
      .map((bytes) => Buffer.concat([Buffer.from(bytes), good(mark)])),
  (mark) => fc.nat(good(mark).length).map((length) => good(mark).subarray(0, length)),
  // One byte between the mark and the time is another one.
  (mark) => {
    const bytes = good(mark);
    const place = fc.integer({ min: bytes.indexOf('"name"'), max: bytes.indexOf('"at"') });
    return fc
      .tuple(place, fc.nat(255))
      .map(([at, byte]) =>
        Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at + 1)]),
      );
  },
  () => fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  () => fc.jsonValue().map(json),
  () =>
    fc
      .constantFrom("", " ", "\n", "[]", "17", '"text"', "null", "{}", "{", "\u0000")
      .map((text) => Buffer.from(text)),
  (mark) => {
    const text = good(mark).toString();
    const marked = `\ufeff${text}`;
    return fc.constantFrom(
      ...[text, marked].flatMap((one) => [
        Buffer.from(one, "utf16le"),
        swapped(Buffer.from(one, "utf16le")),
        utf32(one),
      ]),
    );
  },
  (mark) =>
    fc.integer({ min: 1, max: 2_000 }).map((depth) =>
      Buffer.from(
        good(mark)
          .toString()
          .replace("{", `{"deep":${"[".repeat(depth)}${"]".repeat(depth)},`),
      ),
    ),
  () => fc.constant(null),
];

/** One message; null is a tombstone. */
export function message(mark: string): fc.Arbitrary<Buffer | null> {
  return fc.oneof(...shapes.map((shape) => shape(mark)));
}
