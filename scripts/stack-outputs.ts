import { parseArgs } from "node:util";
import { readOutputs, type StackOutputs } from "../verify/outputs";

/** Reads the options `--outputs FILE`, which is the JSON of `make outputs`, and `--stack NAME`. Default of NAME: local. */
export function readStackOutputs(args: string[]): { stack: string; outputs: StackOutputs } {
  const { values } = parseArgs({
    args,
    options: { outputs: { type: "string" }, stack: { type: "string", default: "local" } },
  });
  if (values.outputs === undefined) throw new Error("--outputs FILE is needed");
  return { stack: values.stack, outputs: readOutputs(values.outputs) };
}
