import { errorText } from "../resources/error-text";
import { openForward } from "../resources/port-forward";
import type { StackOutputs } from "../verify/outputs";
import { readStackOutputs } from "./stack-outputs";

/** The ports of the public demo that a person would look for. */
const localPorts = { superset: 8088, druid: 8888, airflow: 3000 } as const;

/** Forwards each web page of the stack to its usual port on this machine, until it is interrupted. */
async function open({ namespace, context, services, pipelines }: StackOutputs): Promise<void> {
  const dashboards = Object.values(pipelines).flatMap(({ dashboard }) => dashboard ?? []);
  const forwards = [];
  for (const name of ["superset", "druid", "airflow"] as const) {
    const service = services[name];
    if (service === undefined) continue;
    const target = { ...service, namespace, ...(context === undefined ? {} : { context }) };
    forwards.push(await openForward(target, { localPort: localPorts[name] }));
    console.log(`${name.padEnd(9)} http://localhost:${localPorts[name]}`);
  }
  for (const slug of dashboards) {
    console.log(`dashboard http://localhost:${localPorts.superset}/superset/dashboard/${slug}/`);
  }
  console.log("Ctrl-C ends it.");
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await Promise.all(forwards.map((forward) => forward.close()));
}

open(readStackOutputs(process.argv.slice(2)).outputs).catch((error: unknown) => {
  console.error(errorText(error));
  process.exitCode = 1;
});
