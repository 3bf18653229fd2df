import * as pulumi from "@pulumi/pulumi";
import { errorWasLogged } from "../components/ended-run";
import { errorText } from "../resources/error-text";
import { Api } from "./api";
import { checkKafka, type KafkaTarget } from "./checks/kafka";
import { Declared } from "./declared";
import { readFacts } from "./facts";
import { inspect, type Report, type Target } from "./inspect";
import { errorMessage, noAnswer, noCluster, placeOf, warningMessage } from "./report";

export interface PreflightArgs extends Target {
  /** Default: the kubeconfig's current one. */
  readonly context?: string;
  /** refuse: a run ends before anything is made. warn: it goes on. off: nothing is checked. */
  readonly mode: "refuse" | "warn" | "off";
  /** One that is there already. Default: the stack makes its own. */
  readonly kafka?: KafkaTarget;
}

/**
 * Checks the cluster before anything is made, in `preview` and in `up`: all resources that the program declares after this
 * call wait for it. If the stack can't work there, the run ends with one error that has all findings.
 *
 * Does nothing where the program runs without an engine, as in tests.
 */
export function startPreflight({ mode, ...args }: PreflightArgs): void {
  if (mode === "off" || !pulumi.runtime.hasEngine()) return;
  const declared = new Declared();
  const done = run(args, declared, mode);
  pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
    declared.add(type, name, props);
    // The others wait for their parents.
    if (opts.parent !== undefined) return undefined;
    return { props, opts: { ...opts, dependsOn: afterwards(done, opts.dependsOn) } };
  });
}

/** The dependencies, once `done` has resolved. The SDK takes them nested in any way, which its types don't say. */
function afterwards(done: Promise<void>, dependsOn: pulumi.ResourceOptions["dependsOn"]) {
  return done.then(() => dependsOn ?? []) as Promise<pulumi.Input<pulumi.Resource>[]>;
}

/** Resolves once the resources may be registered, and otherwise ends the process. */
async function run(
  args: Omit<PreflightArgs, "mode">,
  declared: Declared,
  mode: "refuse" | "warn",
): Promise<void> {
  const { kafka, ...cluster } = args;
  const [{ report: ofCluster, place }, ofKafka] = await Promise.all([
    look(cluster, declared),
    kafka === undefined ? [] : checkKafka(kafka),
  ]);
  const report = { ...ofCluster, findings: [...ofCluster.findings, ...ofKafka] };
  const warnings = warningMessage(report, place);
  if (warnings) await pulumi.log.warn(warnings);
  const errors = errorMessage(report, place, mode);
  if (!errors) return;
  if (mode === "warn") return pulumi.log.warn(errors);
  await pulumi.log.error(errors);
  process.exit(errorWasLogged);
}

/** @param declared is complete by the time that the cluster has answered: the program declares all in one go */
export async function look(
  { context, ...target }: Omit<PreflightArgs, "mode" | "kafka">,
  declared: Declared,
): Promise<{ report: Report; place: string }> {
  let api: Api;
  try {
    api = await Api.open(context);
  } catch (cause) {
    const place = context === undefined ? "the kubeconfig" : `context "${context}"`;
    return { report: { findings: [noCluster(cause)], skipped: [] }, place };
  }
  const place = placeOf(api);
  try {
    const facts = await readFacts(api, target.namespace);
    const silence = noAnswer(Object.values(facts), api.user);
    if (silence) return { report: { findings: [silence], skipped: [] }, place };
    return { report: await inspect(api, facts, declared, target), place };
  } catch (cause) {
    // A flaw of a check must not stop a stack that would work.
    return { report: { findings: [], skipped: [`all: ${errorText(cause)}`] }, place };
  } finally {
    api.close();
  }
}
