import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

interface ThingState {
  /** Name of the file that is the object. */
  key: string;
  value?: unknown;
  /** A change of it replaces the thing. */
  shape?: unknown;
  /** Replace by deleting first. */
  ahead?: boolean;
  /** The operation that fails. */
  fail?: "check" | "create" | "update" | "delete";
  /** The value, with an exclamation mark. */
  loud?: string;
  /** How often it was written. */
  writes?: number;
  [property: string]: unknown;
}

const ownProperties = ["loud", "writes", "__provider"];

function fileOf(id: string): string {
  return join(process.env.PARITY_OBJECTS ?? "", id);
}

function refuse(state: ThingState, operation: ThingState["fail"]): void {
  if (state.fail === operation) throw new Error(`${operation} refused`);
}

/** Objects are files of the folder PARITY_OBJECTS, so that they can be changed and removed by hand. */
export const thingProvider: pulumi.dynamic.ResourceProvider<ThingState, ThingState> = {
  async check(_olds, news) {
    const failures =
      news.fail === "check" ? [{ property: "fail", reason: "it must not be that" }] : [];
    return { inputs: { ...news, checked: true }, failures };
  },
  async diff(_id, olds, news) {
    const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
    const changed = [...keys].filter(
      (key) =>
        !ownProperties.includes(key) && JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
    );
    return {
      changes: changed.length > 0,
      replaces: changed.filter((key) => key === "shape"),
      deleteBeforeReplace: news.ahead === true,
    };
  },
  async create(inputs) {
    refuse(inputs, "create");
    writeFileSync(fileOf(inputs.key), JSON.stringify(inputs.value ?? null));
    return { id: inputs.key, outs: { ...inputs, loud: `${inputs.value}!`, writes: 1 } };
  },
  async read(id, props) {
    if (!props) throw new Error(`nothing is known of ${id}`);
    if (!existsSync(fileOf(id))) return { id: "" };
    const value = JSON.parse(readFileSync(fileOf(id), "utf8"));
    return { id, props: { ...props, value, loud: `${value}!` } };
  },
  async update(id, olds, news) {
    refuse(news, "update");
    writeFileSync(fileOf(id), JSON.stringify(news.value ?? null));
    return { outs: { ...news, loud: `${news.value}!`, writes: (olds.writes ?? 0) + 1 } };
  },
  async delete(id, props) {
    refuse(props, "delete");
    rmSync(fileOf(id), { force: true });
  },
};

export type ThingArgs = { [property in keyof ThingState]?: pulumi.Input<unknown> };

/** An object of {@link thingProvider}, of its own name where `args` give no key. */
export class Thing extends pulumi.dynamic.Resource {
  declare readonly value: pulumi.Output<unknown>;
  declare readonly loud: pulumi.Output<string>;
  declare readonly writes: pulumi.Output<number>;

  constructor(
    name: string,
    args: ThingArgs,
    options?: pulumi.CustomResourceOptions,
    type = "Thing",
  ) {
    const props = { key: name, value: undefined, loud: undefined, writes: undefined, ...args };
    super(thingProvider, name, props, options, "parity", type);
  }
}

/** A component of what `build` declares, with the outputs that it returns. */
export class Group extends pulumi.ComponentResource {
  constructor(
    name: string,
    build: (group: Group) => pulumi.Inputs = () => ({}),
    options?: pulumi.ComponentResourceOptions,
    type = "Group",
    inputs: pulumi.Inputs = {},
  ) {
    super(`parity:index:${type}`, name, inputs, options);
    this.registerOutputs(build(this));
  }
}
