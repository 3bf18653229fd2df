/** Kubernetes' suffixes of a quantity. */
const suffixes: Readonly<Record<string, number>> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number of any quantity that an API server writes, such as `250m`, `1.5Gi` or `1e3`. Anything else is 0. */
export function amountOf(quantity: string | number | undefined): number {
  const [, digits, suffix = ""] =
    /^([\d.]+(?:[eE][-+]?\d+)?)([a-zA-Z]*)$/.exec(`${quantity}`) ?? [];
  return Number(digits ?? 0) * (suffixes[suffix] ?? 0);
}

/**
 * Bytes of a Kubernetes quantity such as `1.5Gi`.
 *
 * @throws Error on anything else
 */
export function quantityBytes(quantity: string): number {
  if (!/^\d+(\.\d+)?([kMGT]|[KMGT]i)?$/.test(quantity)) {
    throw new Error(`a size must be a quantity such as 10Gi, is ${JSON.stringify(quantity)}`);
  }
  return amountOf(quantity);
}
