import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Finding } from "./kube-score";

const exception = z.strictObject({
  /** kube-score's id of the check. */
  check: z.string(),
  /** `Kind/name`, or `all` for every object, including future ones. */
  objects: z.union([z.literal("all"), z.array(z.string()).min(1)]),
  /** Default: every stack. */
  stacks: z.array(z.string()).min(1).optional(),
  reason: z.string().min(20),
});
export type Exception = z.infer<typeof exception>;

/** A finding, and the stack that has it. */
export interface Found extends Finding {
  readonly stack: string;
}

/** The exceptions of kube-score-exceptions.yaml. */
export function readExceptions(): Exception[] {
  return z
    .array(exception)
    .parse(parse(readFileSync(join(__dirname, "kube-score-exceptions.yaml"), "utf8")));
}

/** The findings that no exception excuses, one line each. */
export function unexcused(found: readonly Found[], exceptions: readonly Exception[]): string[] {
  return found
    .filter((finding) => !exceptions.some((one) => covers(one, finding)))
    .map(({ stack, object, check, text }) => `${stack}: ${object}: ${check}: ${text}`);
}

/** The exceptions that no stack needs any more, one line each. */
export function outlived(found: readonly Found[], exceptions: readonly Exception[]): string[] {
  return exceptions.flatMap((one) => {
    const { check, objects, stacks } = one;
    const occursWith = (matches: (finding: Found) => boolean) =>
      found.some((finding) => covers(one, finding) && matches(finding));
    const lines = [
      ...(objects === "all" ? [] : objects)
        .filter((object) => !occursWith((finding) => finding.object === object))
        .map((object) => `${check}: ${object} has no such finding`),
      ...(stacks ?? [])
        .filter((stack) => !occursWith((finding) => finding.stack === stack))
        .map((stack) => `${check}: ${stack} has no such finding`),
    ];
    return lines.length > 0 || occursWith(() => true) ? lines : [`${check}: nothing has it`];
  });
}

function covers({ check, objects, stacks }: Exception, finding: Found): boolean {
  return (
    check === finding.check &&
    (objects === "all" || objects.includes(finding.object)) &&
    (stacks === undefined || stacks.includes(finding.stack))
  );
}
