const units: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * Bytes of a Kubernetes quantity such as `1.5Gi`.
 *
 * @throws Error on anything else
 */
export function quantityBytes(quantity: string): number {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([kMGT]i?|Ki)?$/.exec(quantity) ?? [];
  const factor = units[unit];
  if (digits === undefined || factor === undefined) {
    throw new Error(`a size must be a quantity such as 10Gi, is ${JSON.stringify(quantity)}`);
  }
  return Number(digits) * factor;
}
