/**
 * A reporter of node:test that tells each failure in a few lines, after all tests: those of an end-to-end test come with
 * the whole output of a run, and the end of a log is what people see first.
 */
const lineCount = 12;
const lineLength = 300;

export default async function* failures(source) {
  const told = [];
  for await (const { type, data } of source) {
    if (type !== "test:fail" || data.details.error.failureType === "subtestsFailed") continue;
    told.push(tell(data));
  }
  if (told.length > 0) yield `\n${told.length} failed:\n${told.join("")}`;
}

function tell({ file, name, details: { error } }) {
  const { message, stack, expected } = error.cause ?? error;
  const place = String(stack)
    .split("\n")
    .find((line) => line.includes(".test.ts:"))
    ?.trim();
  const lines = String(message ?? error.message)
    .trimEnd()
    .split("\n");
  const shown = [
    ...(place ? [place] : []),
    ...(expected instanceof RegExp ? [`expected: ${expected}`] : []),
    ...(lines.length > lineCount ? [lines[0], "…"] : []),
    ...lines.slice(-lineCount),
  ];
  return `\n${file}: ${name}\n${shown.map((line) => `    ${line.slice(0, lineLength)}\n`).join("")}`;
}
