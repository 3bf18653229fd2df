/** Cores of CPU and bytes of memory. */
export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
}

export const nothing: Amounts = { cpu: 0, memory: 0 };

export function sum(amounts: readonly Amounts[]): Amounts {
  return amounts.reduce((left, right) => plus(left, right), nothing);
}

export function plus(left: Amounts, right: Amounts): Amounts {
  return { cpu: left.cpu + right.cpu, memory: left.memory + right.memory };
}

export function minus(left: Amounts, right: Amounts): Amounts {
  return { cpu: left.cpu - right.cpu, memory: left.memory - right.memory };
}

export function times(amounts: Amounts, count: number): Amounts {
  return { cpu: amounts.cpu * count, memory: amounts.memory * count };
}

/** Whether `amounts` has room for `wanted`; sums of fractions are off by less than a thousandth. */
export function holds(amounts: Amounts, wanted: Amounts): boolean {
  return amounts.cpu - wanted.cpu > -1e-3 && amounts.memory >= wanted.memory;
}

/** `1.25 CPU and 3.5 GiB of memory`. */
export function shown({ cpu, memory }: Amounts): string {
  const rounded = (value: number) => String(Number(Math.max(value, 0).toFixed(2)));
  return `${rounded(cpu)} CPU and ${rounded(memory / 2 ** 30)} GiB of memory`;
}
