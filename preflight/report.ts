import { errorText } from "../resources/error-text";
import type { Api, Read } from "./api";
import { error, type Finding } from "./finding";
import type { Report } from "./inspect";

/** Where the findings were made: `context "kind" (https://127.0.0.1:6443)`. */
export function placeOf({ context, server }: Pick<Api, "context" | "server">): string {
  return `context "${context}" (${server})`;
}

/** The finding where the kubeconfig gives no way to a cluster. */
export function noCluster(cause: unknown): Finding {
  return error(
    `No cluster can be asked: ${errorText(cause)}.`,
    "Set KUBECONFIG to a file with the cluster, or choose a context: pulumi config set kubernetes:context <context>",
  );
}

/** The finding where the API server gives nobody, or not this user, an answer. */
export function noAnswer(answers: readonly Read<unknown>[], user: string): Finding | undefined {
  const failed = answers.filter((answer) => !answer.ok);
  if (failed.some(({ status }) => status === 401)) {
    return error(
      `The API server takes no credentials of user "${user}" (401 Unauthorized).`,
      "Log in to the cluster again, such as by your cloud's CLI; then kubectl get namespaces shows whether it takes them",
    );
  }
  const [first] = failed;
  if (first === undefined || failed.length < answers.length || first.status !== 0) return undefined;
  return error(
    `The API server does not answer: ${first.reason}.`,
    "Start the cluster or the VPN to it, or choose another: pulumi config set kubernetes:context <context>",
  );
}

/**
 * All errors, as one message. Undefined: there is none.
 *
 * @param mode refuse: the run ends with it
 */
export function errorMessage(
  { findings }: Report,
  place: string,
  mode: "refuse" | "warn",
): string | undefined {
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return undefined;
  const count = errors.length === 1 ? "a problem" : `${errors.length} problems`;
  const found = `The preflight found ${count} in ${place}.`;
  if (mode === "warn") return [found, ...numbered(errors)].join("\n");
  return [
    `${found} Nothing was made.`,
    ...numbered(errors),
    "To go on in spite of it: pulumi config set preflight warn",
  ].join("\n");
}

/** All warnings, as one message. Undefined: there is none. */
export function warningMessage({ findings, skipped }: Report, place: string): string | undefined {
  const warnings = findings.filter(({ severity }) => severity === "warning");
  if (warnings.length + skipped.length === 0) return undefined;
  return [
    `The preflight on ${place}:`,
    ...numbered(warnings),
    ...skipped.map((one) => `  not checked: ${one}`),
  ].join("\n");
}

function numbered(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ found, todo }, index) => [
    `  ${index + 1}. ${found}`,
    `     ${todo}.`,
  ]);
}
