/** The first bytes of a message, in one line: as text if they are one, else in hexadecimal. */
export function describeBytes(value: Uint8Array, length = 60): string {
  const start = Buffer.from(value.subarray(0, length));
  const more = value.length > length ? ` … (${value.length} bytes)` : "";
  const text = start.toString("utf8");
  // A character may be cut at the end.
  const isText = !/[\ufffd\p{Cc}]/u.test(text.replace(/\ufffd$/, "").replace(/[\t\r\n]/g, ""));
  return (
    (isText ? JSON.stringify(text) : (start.toString("hex").match(/../g) ?? []).join(" ")) + more
  );
}
