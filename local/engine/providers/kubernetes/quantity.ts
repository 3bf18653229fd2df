const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/**
 * A quantity in the form in which the API server gives it back: `0.5` as `500m`, `1024Mi` as `1Gi`.
 * What is no quantity comes back as it is. Rules: `Quantity` in k8s.io/apimachinery, "canonical form".
 */
export function canonicalQuantity(value: string | number): string | number {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(
    String(value).trim(),
  );
  if (!match || ((match[2] ?? "") === "" && (match[3] ?? "") === "")) return value;
  // A quantity keeps its format: one with an exponent isn't said with a suffix.
  if (/^[eE][+-]?\d/.test(match[4] ?? "")) return value;
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match;
  const digits = BigInt(whole + fraction || "0");
  const prefix = sign === "-" && digits !== 0n ? "-" : "";
  if (suffix.endsWith("i")) {
    const bytes = digits * 1024n ** BigInt(binarySuffixes.indexOf(suffix));
    const scale = 10n ** BigInt(fraction.length);
    // A fraction of a byte can't be said in powers of two: the server then falls back to tens.
    if (bytes % scale !== 0n) return prefix + decimal(bytes * 1000n, -3 - fraction.length);
    return prefix + binary(bytes / scale);
  }
  return prefix + decimal(digits, (decimalSuffixes.indexOf(suffix) - 3) * 3 - fraction.length);
}

function binary(bytes: bigint): string {
  let value = bytes;
  let index = 0;
  while (value !== 0n && value % 1024n === 0n && index < binarySuffixes.length - 1) {
    value /= 1024n;
    index++;
  }
  return `${value}${binarySuffixes[index]}`;
}

/** The largest suffix that leaves no fraction; below nano it is rounded up. */
function decimal(digits: bigint, exponent: number): string {
  if (digits === 0n) return "0";
  let value = digits;
  let power = exponent;
  while (value % 10n === 0n) {
    value /= 10n;
    power++;
  }
  if (power < -9) {
    const divisor = 10n ** BigInt(-9 - power);
    value = (value + divisor - 1n) / divisor;
    power = -9;
  }
  const step = Math.min(Math.floor(power / 3), 6);
  value *= 10n ** BigInt(power - step * 3);
  return `${value}${decimalSuffixes[step + 3]}`;
}
