import { type DiffResult, InitializationError, type Provider } from "../provider";
import { diffMaps } from "../value-diff";
import { type PropertyMap, unknown, withoutSecrets } from "../values";

export interface FakeProvider extends Provider {
  /** What was done, in order: `create a`, `delete a#1`. */
  readonly calls: string[];
  /** What exists, by id. */
  readonly objects: Map<string, PropertyMap>;
  /** The most creations that ran at once. */
  peak: number;
}

/**
 * A provider of objects in memory. Inputs steer it: a changed `kind` replaces, `ahead` makes it delete
 * before it creates, `fail` makes an operation fail, `unready` makes it end unready, `silent` a diff name no properties.
 */
export function createFakeProvider(): FakeProvider {
  let made = 0;
  let running = 0;
  const fake: FakeProvider = {
    calls: [],
    objects: new Map(),
    peak: 0,
    async configure() {},
    async check(_ctx, _olds, news) {
      const bad = typeof news.bad === "string" ? [{ property: "bad", reason: news.bad }] : [];
      return { inputs: news, failures: bad };
    },
    async diff(_ctx, _id, oldInputs, oldOutputs, newInputs): Promise<DiffResult> {
      const plain = (map: PropertyMap) => withoutSecrets(map) as PropertyMap;
      const { serial: _, ...live } = oldOutputs;
      const diff = diffMaps(plain({ ...oldInputs, ...live }), plain(newInputs));
      const replaces = diff.changedKeys.filter((key) => key === "kind");
      const isTold = newInputs.silent !== true;
      return {
        ...(isTold ? diff : { changedKeys: [], detailedDiff: {} }),
        changes: diff.changedKeys.length > 0,
        replaces,
        deleteBeforeReplace: newInputs.ahead === true,
      };
    },
    async create(ctx, inputs) {
      if (ctx.preview) return { id: "", outputs: { ...inputs, serial: unknown } };
      running++;
      fake.peak = Math.max(fake.peak, running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (inputs.fail === "create") throw new Error(`${ctx.name} cannot be created`);
      made++;
      const id = `${ctx.name}#${made}`;
      fake.calls.push(`create ${id}`);
      const outputs = { ...inputs, serial: made };
      fake.objects.set(id, outputs);
      if (inputs.unready === true) throw new InitializationError(id, outputs, ["not ready yet"]);
      return { id, outputs };
    },
    async read(_ctx, id, inputs) {
      const outputs = fake.objects.get(id);
      return outputs && { id, inputs, outputs };
    },
    async update(ctx, id, _oldInputs, oldOutputs, newInputs) {
      if (ctx.preview) return { outputs: newInputs };
      fake.calls.push(`update ${id}`);
      const outputs = { ...newInputs, serial: oldOutputs.serial ?? null };
      fake.objects.set(id, outputs);
      if (newInputs.unready === true)
        throw new InitializationError(id, outputs, ["still not ready"]);
      return { outputs };
    },
    async delete(ctx, id, inputs) {
      if (inputs.fail === "delete") throw new Error(`${ctx.name} cannot be deleted`);
      fake.calls.push(`delete ${id}`);
      fake.objects.delete(id);
    },
  };
  return fake;
}
