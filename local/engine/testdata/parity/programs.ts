import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Group, Thing } from "./thing";

/** Declares what a stack has at a step; the test says what is run at each. */
type Program = (step: number) => Record<string, unknown>;

export const programs: Record<string, Program> = {
  aliases,
  bare,
  chains,
  claimed,
  components,
  drift,
  failures,
  goneWith,
  later,
  nested,
  options,
  protection,
  providers,
  replacements,
  secrets,
  throwing,
  together,
  unknowns,
  values,
};

/** Resources of other dynamic providers, declared when others are known: their functions are serialised later. */
function later(step: number) {
  const twice = (x: number) => 2 * x;
  class Sum extends pulumi.dynamic.Resource {
    declare readonly sum: pulumi.Output<number>;
  }
  const first: pulumi.dynamic.ResourceProvider<{ x: number }> = {
    create: async ({ x }) => ({ id: "first", outs: { sum: twice(x) } }),
    update: async (_id, _olds, { x }) => ({ outs: { sum: twice(x) } }),
  };
  const second: pulumi.dynamic.ResourceProvider<{ x: number }> = {
    create: async ({ x }) => ({ id: "second", outs: { sum: twice(x) + 1 } }),
  };
  const { sum } = new Sum(first, "first", { x: 1 + step, sum: undefined });
  return {
    loud: sum
      .apply((x) => new Sum(second, "second", { x, sum: undefined }).sum)
      .apply((value) => new Thing("third", { value }).loud),
  };
}

function aliases(step: number) {
  const top = { aliases: [{ parent: pulumi.rootStackResource }] };
  const child = (name: string, value: number, options?: pulumi.CustomResourceOptions) => {
    return (parent: Group) => {
      new Thing(name, { value, key: "child" }, { parent, ...options });
      return { value };
    };
  };
  if (step === 0) {
    new Thing("a", { value: 1, key: "a" });
    new Group("g", child("child", 1));
  } else if (step === 1) {
    new Thing("b", { value: 1, key: "a" }, { aliases: [{ name: "a" }] });
    new Group("h", child("child", 1), { aliases: [{ name: "g" }] });
  } else if (step === 2) {
    const parent = new Group("outer");
    new Thing("b", { value: 1, key: "a" }, { parent, ...top });
    new Group("h", child("child", 2), { parent, ...top });
  } else if (step === 3) {
    const parent = new Group("outer");
    const wasThing = [{ type: "pulumi-nodejs:dynamic/parity:Thing" }];
    new Thing("b", { value: 1, key: "a" }, { parent, aliases: wasThing }, "Other");
    const wasGroup = [{ type: "parity:index:Group" }];
    const renamed = child("kid", 2, { aliases: [{ name: "child" }] });
    new Group("h", renamed, { parent, aliases: wasGroup }, "Team");
  } else {
    new Thing("b", { value: 3, key: "a" }, {}, "Other");
  }
  return {};
}

/** An alias of what another resource is. */
function claimed(step: number) {
  const a = new Thing("a", { value: 1 });
  const options = { aliases: [{ name: "a" }], dependsOn: a };
  if (step === 1) new Thing("b", { value: 1, key: "a" }, options);
  return { step };
}

/** Dynamic providers that lack what one may lack. */
function bare(step: number) {
  class Bare extends pulumi.dynamic.Resource {
    declare readonly extra: pulumi.Output<number>;
  }
  interface Props {
    x: number;
    extra?: number;
  }
  const creating: pulumi.dynamic.ResourceProvider<Props> = {
    create: async ({ x }) => ({ id: `only-${x}`, outs: { x } }),
  };
  const silent: pulumi.dynamic.ResourceProvider<Props> = {
    create: async () => ({ id: "silent" }),
    update: async () => ({}),
  };
  const undiffed: pulumi.dynamic.ResourceProvider<Props> = {
    create: async (inputs) => ({ id: "undiffed", outs: { ...inputs, extra: 1 } }),
    update: async (_id, olds, news) => ({ outs: { ...news, extra: (olds.extra ?? 0) + 1 } }),
    read: async (id, props) => ({ id, props: { ...props, seen: true } }),
  };
  if (step < 2) new Bare(creating, "creating", { x: 1 });
  new Bare(silent, "silent", { x: step });
  const { extra } = new Bare(undiffed, "undiffed", { x: Math.min(step, 1), extra: undefined });
  return { extra, gone: step === 0 ? 1 : undefined };
}

/** What a replacement that deletes first has to delete, of what depends on it. */
function chains(step: number) {
  const at = (from: number) => (step >= from ? 1 : 0);
  const root = new Thing("root", { value: 1, shape: at(1) }, { deleteBeforeReplace: true });
  const updated = new Thing("updated", { value: root.id });
  const replaced = new Thing("replaced", { value: 1, shape: root.loud });
  const ahead = new Thing("ahead", { value: replaced.writes, ahead: true }, { dependsOn: updated });
  const beside = new Thing("beside", { value: 1, shape: ahead.id }, { deleteBeforeReplace: false });
  const build = (parent: Group) => {
    const shape = step >= 2 ? root.writes : 0;
    return { id: new Thing("inner", { value: root.id, shape }, { parent }).id };
  };
  new Group("g", build, { dependsOn: root });
  new Thing("carried", { value: 1 }, { deletedWith: root, dependsOn: root });
  return { writes: [updated.writes, replaced.writes, ahead.writes, beside.writes] };
}

function components(step: number) {
  const names = [["a", "b", "c", "d"], ["d", "b", "e"], ["e"]][Math.min(step, 2)] ?? [];
  let last: pulumi.Resource | undefined;
  for (const name of names) {
    const build = (parent: Group) => {
      const thing = new Thing(name, { value: name }, { parent });
      return { loud: thing.loud, deep: { list: [thing.id] } };
    };
    last = new Group(`group-${name}`, build, { dependsOn: last });
  }
  return { names };
}

function drift(_step: number) {
  const a = new Thing("a", { value: "one" });
  const b = new Thing("b", { value: a.loud });
  new Thing("c", { value: b.id }, { dependsOn: a });
  return { loud: [a.loud, b.loud] };
}

function failures(step: number) {
  const ok = new Thing("ok", { value: step });
  const fail = (["create", undefined, "update", "delete"] as const)[Math.min(step, 3)];
  const bad = new Thing("bad", { value: 1, fail }, { dependsOn: ok });
  const after = new Thing("after", { value: bad.loud });
  if (step === 3) new Thing("unchecked", { value: 1, fail: "check" }, { dependsOn: after });
  return { loud: ok.loud };
}

function goneWith(step: number) {
  const home = new Thing("home", { value: 1 });
  if (step === 0) {
    const x = new Thing("x", { value: 1, fail: "delete" }, { deletedWith: home });
    new Thing("y", { value: x.loud }, { deletedWith: home });
  }
  return { loud: home.loud };
}

/** Components with inputs, outputs and children of their own, which change and go. */
function nested(step: number) {
  const build = (parent: Group) => {
    const { loud } = new Thing("child", { value: step }, { parent });
    return { loud, secret: pulumi.secret(step) };
  };
  const inputs = { step, secret: pulumi.secret(`s${step}`) };
  const outer = new Group("outer", build, {}, "Group", inputs);
  new Group("after", undefined, { dependsOn: outer, protect: step === 0 });
  if (step < 2) {
    new Group("going", (parent) => {
      new Group(
        "inner",
        (inner) => {
          new Thing("deep", { value: 1 }, { parent: inner });
          return {};
        },
        { parent },
      );
      return {};
    });
  }
  return { urns: [outer.urn] };
}

function options(step: number) {
  const at = (from: number) => (step >= from ? 1 : 0);
  const a = new Thing(
    "a",
    { value: at(1), nested: { x: step, y: [1, step] }, extra: step === 0 ? "gone" : undefined },
    { ignoreChanges: ["nested.x", "nested.y[1]", "extra"] },
  );
  const b = new Thing("b", { value: a.loud, own: at(2) }, { replaceOnChanges: ["own"] });
  const c = new Thing("c", { value: b.loud, shape: at(3), key: `c${at(3)}` });
  const d = new Thing(
    "d",
    { value: c.id, shape: c.id, key: pulumi.interpolate`d-${c.id}` },
    { deleteBeforeReplace: true },
  );
  const e = new Thing("e", { value: d.loud, ahead: true, shape: at(4) });
  new Thing("f", { value: 1, shape: e.id }, { dependsOn: [e] });
  new Thing("g", { value: step }, { ignoreChanges: ["*"] });
  new Thing(
    "h",
    { value: 1 },
    {
      dependsOn: step >= 1 ? [a] : [],
      deletedWith: step >= 2 ? a : undefined,
      protect: step === 1,
      additionalSecretOutputs: step >= 2 ? ["loud"] : [],
      customTimeouts: step >= 1 ? { update: "3m" } : undefined,
      replaceOnChanges: step >= 3 ? ["nothing"] : [],
    },
  );
  return { louds: [a.loud, b.loud, c.loud, d.loud, e.loud] };
}

function protection(step: number) {
  new Group("g", (parent) => {
    if (step < 1) new Thing("kept", { value: 1 }, { parent, retainOnDelete: true });
    new Thing("p", { value: 1, shape: step }, { parent, protect: step < 3 });
    return {};
  });
  return {};
}

function providers(step: number) {
  const provider = step < 2 ? new random.Provider("mine") : undefined;
  const build = (parent: Group) => {
    const { hex } = new random.RandomId("id", { byteLength: 4 }, { parent });
    new random.RandomString("string", { length: 5, special: false }, { parent });
    return { isHex: hex.apply((text) => /^[0-9a-f]{8}$/.test(text)) };
  };
  new Group("g", build, provider ? { providers: [provider] } : {});
  if (step === 1) new random.RandomUuid("uuid", {}, { provider });
  const keepers = step >= 1 ? { a: "1" } : undefined;
  new random.RandomPassword("password", { length: 8, keepers }, { version: "4.16.0" });
  return {};
}

/** Replacements of which a part fails. */
function replacements(step: number) {
  const at = (from: number) => (step >= from ? 1 : 0);
  const a = new Thing("a", {
    key: `a${at(1)}`,
    value: 1,
    shape: at(1),
    fail: step === 0 ? "delete" : undefined,
  });
  const fail = step === 3 ? "create" : undefined;
  const b = new Thing("b", { value: a.id, ahead: true, shape: at(3), fail });
  new Thing("c", { value: b.loud, shape: b.id, ahead: true });
  new Thing("d", { value: 1 }, { dependsOn: b });
  return { a: a.id };
}

function secrets(step: number) {
  const secret = pulumi.secret(`pw${Math.min(step, 1)}`);
  const a = new Thing("a", { value: secret, list: [1, secret, { deep: secret }], map: { secret } });
  const b = new Thing(
    "b",
    { value: a.loud, open: step === 0 ? "o" : pulumi.secret("o") },
    { additionalSecretOutputs: ["writes"] },
  );
  const c = new Thing("c", { value: step === 0 ? pulumi.secret("x") : "x" });
  const d = new Thing("d", {
    value: pulumi.all([a.id, pulumi.secret(2)]),
    text: pulumi.jsonStringify({ a: a.loud, b: pulumi.secret("q") }),
  });
  new Group("g", () => ({ secret, map: { b: b.loud } }), undefined, "Group", { secret, list: [1] });
  return {
    map: { secret, list: [secret, 1], open: pulumi.unsecret(secret), writes: b.writes },
    value: c.value,
    deep: pulumi.secret({ list: [1, { id: a.id }] }),
    both: d.value,
  };
}

function throwing(step: number) {
  new Thing("a", { value: step });
  if (step === 1) throw new Error("the program is wrong");
  new Thing("b", { value: 1 });
  return { step };
}

/** Resources that are replaced, or go, with others. */
function together(step: number) {
  const at = (from: number) => (step >= from ? 1 : 0);
  const a = new Thing("a", { value: step, shape: at(1) }, { retainOnDelete: step < 2 });
  const c = new Thing("c", { value: 1, shape: at(2) });
  const d = new Thing("d", { value: c.loud, ahead: true, shape: at(3) });
  new Thing("e", { value: d.id });
  const f = new Thing("f", { value: 1, shape: d.id, key: pulumi.interpolate`f-${d.id}` });
  new Thing("g", { value: 1 }, { dependsOn: f });
  new Thing("h", { value: 1 }, { deletedWith: d });
  const parent = new Group("p");
  if (step < 4) new Thing("moved", { value: 1 }, { parent });
  else new Thing("moved", { value: 1, key: "elsewhere" });
  return { ids: [a.id, f.id] };
}

function unknowns(step: number) {
  const a = new Thing("a", { value: step >= 2 ? "b" : "a", shape: step >= 4 ? 1 : 0 });
  const b = new Thing("b", { value: a.loud, map: { x: a.writes, y: [a.loud] } });
  const c = new Thing("c", { shape: b.loud, value: 1 });
  new Thing("d", { value: pulumi.all([c.id, b.writes]).apply(([id, n]) => `${id}${n}`) });
  return { text: pulumi.interpolate`${a.loud}-${c.id}`, list: [a.writes, "k"] };
}

function values(step: number) {
  const a = new Thing("a", {
    value: "ü€😀\u0000<>&\u2028",
    none: { map: {}, list: [], text: "", null: null, undefined },
    numbers: [0, -1.5, 1e21, 1e-7, 9007199254740991],
    mixed: [null, 1, undefined, "x", true, false],
    "key with.dots": 1,
    'quo"te': { a: { b: { c: [{ d: null }] } } },
  });
  const b = new Thing("b", { value: [a.id, a.urn], all: pulumi.all([a.loud, a.writes]), step });
  return {
    id: a.id,
    none: { null: null, undefined, map: {}, list: [] },
    numbers: [1.0, 1e21],
    html: "<&>",
    resource: b,
    component: new Group("g", () => ({ inner: a })),
    undefined,
  };
}
