import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";

/** A finding about one object. */
export interface Finding {
  /** kube-score's own id of the check. */
  readonly check: string;
  /** `Kind/name`. */
  readonly object: string;
  readonly text: string;
}

const report = z.array(
  z.object({
    object_meta: z.object({ name: z.string() }),
    type_meta: z.object({ kind: z.string() }),
    checks: z.array(
      z.object({
        check: z.object({ id: z.string() }),
        grade: z.number(),
        skipped: z.boolean(),
        comments: z.array(z.object({ path: z.string(), summary: z.string() })).nullable(),
      }),
    ),
  }),
);

/** kube-score's grade of a check without a finding. */
const allOk = 10;

/** Path of the program, which is compiled if it doesn't exist. */
export function buildKubeScore(): string {
  const script = join(__dirname, "../../scripts/kube-score/build");
  return execFileSync(script, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
}

/** kube-score's findings on the manifests: criticisms and warnings of its default checks and of two more. */
export function kubeScore(program: string, manifests: string): Finding[] {
  const run = spawnSync(
    program,
    [
      "score",
      "--output-format=json",
      "--kubernetes-version=v1.35",
      "--enable-optional-test=container-seccomp-profile",
      "--enable-optional-test=container-ports-check",
      "-",
    ],
    { input: manifests, encoding: "utf8", maxBuffer: 64 * 1024 * 1024, timeout: 120_000 },
  );
  if (run.error) throw run.error;
  // Exit code 1 also means that there are findings. Without a report it is an error.
  if (!run.stdout.startsWith("[")) throw new Error(`kube-score: ${run.stderr || run.stdout}`);
  return report.parse(JSON.parse(run.stdout)).flatMap((object) =>
    object.checks
      .filter(({ grade, skipped }) => !skipped && grade < allOk)
      .flatMap(({ check, comments }) =>
        (comments ?? []).map(({ path, summary }) => ({
          check: check.id,
          object: `${object.type_meta.kind}/${object.object_meta.name}`,
          text: path ? `${path}: ${summary}` : summary,
        })),
      ),
  );
}
