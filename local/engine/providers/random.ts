import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { DiffKind, DiffResult, Provider } from "../provider";
import { diffMaps } from "../value-diff";
import {
  type PropertyMap,
  type PropertyValue,
  Secret,
  Unknown,
  unknown,
  withoutSecrets,
} from "../values";

/**
 * The resources of the package `random` that make secrets and ids. Inputs, outputs and ids are those
 * of the real provider 4.x, so that either takes over the other's state.
 */
export function createRandomProvider(): Provider {
  return {
    async configure() {},
    async check(ctx, _olds, news) {
      const kind = kindOf(ctx.type);
      const failures = Object.keys(news)
        .filter((key) => !(key in kind.inputs))
        .map((property) => ({ property, reason: "is not an input of this resource" }));
      for (const [property, rule] of Object.entries(kind.inputs)) {
        const value = withoutSecrets(news[property] ?? null);
        if (value === null && !rule.required) continue;
        if (value instanceof Unknown) continue;
        const reason = rule.fault(value);
        if (reason) failures.push({ property, reason });
      }
      if (failures.length === 0) failures.push(...kind.faults(plainInputs(news)));
      return { inputs: news, failures };
    },
    async diff(_ctx, _id, oldInputs, _oldOutputs, newInputs, ignoreChanges) {
      return diffInputs(oldInputs, newInputs, ignoreChanges);
    },
    async create(ctx, inputs) {
      const kind = kindOf(ctx.type);
      if (ctx.preview) {
        const outputs: PropertyMap = { ...inputs };
        for (const key of kind.results) outputs[key] = unknown;
        return { id: "", outputs };
      }
      const { id, outputs } = await kind.create(plainInputs(inputs));
      for (const key of kind.secrets) outputs[key] = new Secret(outputs[key] ?? null);
      return { id, outputs: { ...outputs, ...inputs } };
    },
    // There is nothing outside of the state that could have changed.
    async read(_ctx, id, inputs, outputs) {
      return { id, inputs, outputs };
    },
    // Every input forces a replacement, so that this is only for what an input's mark changed.
    async update(_ctx, _id, _oldInputs, oldOutputs, newInputs) {
      return { outputs: { ...oldOutputs, ...newInputs } };
    },
    async delete() {},
  };
}

interface Rule {
  required: boolean;
  /** What is wrong with a value, if anything. */
  fault(value: PropertyValue): string | undefined;
}

interface Kind {
  inputs: Record<string, Rule>;
  /** Outputs that are made, not given. */
  results: string[];
  secrets: string[];
  faults(inputs: PropertyMap): { property: string; reason: string }[];
  create(inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }>;
}

const keepers: Rule = {
  required: false,
  fault: (v) => (typeof v === "object" ? undefined : "must be a map of strings"),
};
const flag: Rule = {
  required: false,
  fault: (v) =>
    typeof v === "boolean" ? undefined : `must be true or false, is ${JSON.stringify(v)}`,
};
const text: Rule = {
  required: false,
  fault: (v) => (typeof v === "string" ? undefined : `must be a string, is ${JSON.stringify(v)}`),
};
const atLeast = (minimum: number, required: boolean): Rule => ({
  required,
  fault: (v) =>
    Number.isInteger(v) && (v as number) >= minimum
      ? undefined
      : `must be a whole number of at least ${minimum}, is ${JSON.stringify(v)}`,
});

const characterInputs: Record<string, Rule> = {
  length: atLeast(1, true),
  lower: flag,
  upper: flag,
  numeric: flag,
  number: flag,
  special: flag,
  minLower: atLeast(0, false),
  minUpper: atLeast(0, false),
  minNumeric: atLeast(0, false),
  minSpecial: atLeast(0, false),
  overrideSpecial: text,
  keepers,
};

const kinds: Record<string, Kind> = {
  "random:index/randomPassword:RandomPassword": {
    inputs: characterInputs,
    results: ["result", "bcryptHash"],
    secrets: ["result", "bcryptHash"],
    faults: characterFaults,
    async create(inputs) {
      const { outputs, result } = randomCharacters(inputs);
      const { hash } = await import("bcryptjs");
      // bcrypt takes 72 bytes; the real provider hashes with cost 10, too.
      const bcryptHash = await hash(Buffer.from(result).subarray(0, 72).toString(), 10);
      const meta = JSON.stringify({ schema_version: "3" });
      return { id: "none", outputs: { ...outputs, __meta: meta, bcryptHash, id: "none", result } };
    },
  },
  "random:index/randomString:RandomString": {
    inputs: characterInputs,
    results: ["result"],
    secrets: [],
    faults: characterFaults,
    async create(inputs) {
      const { outputs, result } = randomCharacters(inputs);
      const meta = JSON.stringify({ schema_version: "2" });
      return { id: result, outputs: { ...outputs, __meta: meta, id: result, result } };
    },
  },
  "random:index/randomId:RandomId": {
    inputs: { byteLength: atLeast(1, true), prefix: text, keepers },
    results: ["b64Std", "b64Url", "dec", "hex"],
    secrets: [],
    faults: () => [],
    async create(inputs) {
      const bytes = randomBytes(inputs.byteLength as number);
      const prefix = typeof inputs.prefix === "string" ? inputs.prefix : "";
      const id = bytes.toString("base64url");
      const outputs = {
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + id,
        dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
        hex: prefix + bytes.toString("hex"),
        id,
      };
      return { id, outputs };
    },
  },
  "random:index/randomUuid:RandomUuid": {
    inputs: { keepers },
    results: ["result"],
    secrets: [],
    faults: () => [],
    async create() {
      const id = randomUUID();
      return { id, outputs: { id, result: id } };
    },
  },
  "random:index/randomBytes:RandomBytes": {
    inputs: { length: atLeast(1, true), keepers },
    results: ["base64", "hex"],
    secrets: ["base64", "hex"],
    faults: () => [],
    async create(inputs) {
      const bytes = randomBytes(inputs.length as number);
      const base64 = bytes.toString("base64");
      return { id: base64, outputs: { base64, hex: bytes.toString("hex") } };
    },
  },
};

function kindOf(type: string): Kind {
  const kind = kinds[type];
  if (!kind) {
    throw new Error(
      `the embedded engine's provider "random" lacks the type ${type}; it has ${Object.keys(kinds).join(", ")}. ` +
        "Install the Pulumi CLI for it: https://www.pulumi.com/docs/install/",
    );
  }
  return kind;
}

function plainInputs(inputs: PropertyMap): PropertyMap {
  return withoutSecrets(inputs) as PropertyMap;
}

/** Any change makes a new value, so any change replaces. */
function diffInputs(olds: PropertyMap, news: PropertyMap, ignored: string[]): DiffResult {
  const all = diffMaps(plainInputs(olds), plainInputs(news));
  const keys = all.changedKeys.filter((key) => !ignored.includes(key));
  const detailedDiff: DiffResult["detailedDiff"] = {};
  for (const [path, entry] of Object.entries(all.detailedDiff)) {
    if (!keys.some((key) => path === key || path.startsWith(`${key}.`))) continue;
    detailedDiff[path] = { ...entry, kind: `${entry.kind}-replace` as DiffKind };
  }
  return {
    changes: keys.length > 0,
    replaces: keys,
    deleteBeforeReplace: false,
    detailedDiff,
    changedKeys: keys,
  };
}

const alphabets = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
};

function characterFaults(inputs: PropertyMap): { property: string; reason: string }[] {
  const { length, minLower = 0, minUpper = 0, minNumeric = 0, minSpecial = 0 } = inputs;
  const minima = [minLower, minUpper, minNumeric, minSpecial];
  const sum = minima.reduce<number>((a, b) => a + (typeof b === "number" ? b : 0), 0);
  if (typeof length === "number" && length < sum) {
    return [
      {
        property: "length",
        reason: `must be at least the sum of the minima, ${sum}, is ${length}`,
      },
    ];
  }
  return [];
}

function randomCharacters(inputs: PropertyMap): { outputs: PropertyMap; result: string } {
  const numeric = (inputs.numeric ?? inputs.number ?? true) as boolean;
  const { lower = true, upper = true, special = true, overrideSpecial } = inputs;
  const settings = {
    length: inputs.length as number,
    lower: lower as boolean,
    minLower: (inputs.minLower ?? 0) as number,
    minNumeric: (inputs.minNumeric ?? 0) as number,
    minSpecial: (inputs.minSpecial ?? 0) as number,
    minUpper: (inputs.minUpper ?? 0) as number,
    number: numeric,
    numeric,
    special: special as boolean,
    upper: upper as boolean,
  };
  const specials = (overrideSpecial as string | undefined) || alphabets.special;
  const classes = [
    { on: settings.lower, minimum: settings.minLower, characters: alphabets.lower },
    { on: settings.upper, minimum: settings.minUpper, characters: alphabets.upper },
    { on: settings.numeric, minimum: settings.minNumeric, characters: alphabets.numeric },
    { on: settings.special, minimum: settings.minSpecial, characters: specials },
  ];
  const all = classes
    .filter((c) => c.on)
    .map((c) => c.characters)
    .join("");
  if (all === "")
    throw new Error("lower, upper, numeric and special are all false: nothing to choose from");
  const picked = classes.flatMap((c) =>
    Array.from({ length: c.minimum }, () => pick(c.characters)),
  );
  while (picked.length < settings.length) picked.push(pick(all));
  return { outputs: settings, result: shuffle(picked).join("") };
}

function pick(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}

function shuffle(items: string[]): string[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [result[i], result[j]] = [result[j] as string, result[i] as string];
  }
  return result;
}
