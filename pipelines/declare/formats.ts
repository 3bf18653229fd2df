/** How numbers are written: the formats and currencies that Superset's charts know. Others it draws as "Invalid format". */

/** Superset's own, beside those of d3-format. */
const ownFormats = [
  "SMART_NUMBER",
  "SMART_NUMBER_SIGNED",
  "DURATION",
  "DURATION_SUB",
  "DURATION_COL",
  "MEMORY_DECIMAL",
  "MEMORY_BINARY",
  "MEMORY_TRANSFER_RATE_DECIMAL",
  "MEMORY_TRANSFER_RATE_BINARY",
];

/** The grammar of d3-format: `[[fill]align][sign][symbol][0][width][,][.precision][~][type]`. */
const d3Format = new RegExp(
  [
    "^(.?[<>=^])?",
    "[-+( ]?",
    "[$#]?",
    "0?",
    "\\d*",
    ",?",
    "(\\.\\d+)?",
    "~?",
    "[bcdefgnoprsxX%]?$",
  ].join(""),
);

/** What is wrong with the format and the currency of a metric. */
export function formatProblems(
  about: string,
  { format, currency }: { readonly format?: string; readonly currency?: string },
): string[] {
  const problems: string[] = [];
  if (format !== undefined && !ownFormats.includes(format) && !d3Format.test(format)) {
    problems.push(
      `the format of ${about} must be one of d3-format, such as ",.2f" or ".1%", or one of ${ownFormats.join(", ")}, is "${format}"`,
    );
  }
  if (currency !== undefined && !Intl.supportedValuesOf("currency").includes(currency)) {
    problems.push(
      `the currency of ${about} must be a code of ISO 4217, such as "EUR", is "${currency}"`,
    );
  }
  return problems;
}
