import { errorText } from "../resources/error-text";
import { openForward } from "../resources/port-forward";
import type { StackOutputs } from "../verify/outputs";
import { readStackOutputs } from "./stack-outputs";

/** The ports that people know from the original demo. */
const localPorts = { superset: 8088, druid: 8888, airflow: 3000, prometheus: 9090 } as const;

/** Forwards the web pages of the stack to their usual ports on this machine, until it is interrupted. */
async function open(outputs: StackOutputs): Promise<void> {
  const { namespace, context, services, pipelines } = outputs;
  const users = {
    superset: outputs.supersetUsername,
    druid: outputs.druidUsername,
    airflow: outputs.airflowUsername,
  };
  const shown = [...Object.values(pipelines), ...Object.values(outputs.dashboards)];
  const dashboards = shown.flatMap(({ dashboard }) => dashboard ?? []);
  const forwards = [];
  for (const name of ["superset", "druid", "airflow", "prometheus"] as const) {
    const service = services[name];
    if (service === undefined) continue;
    const target = { ...service, namespace, ...(context === undefined ? {} : { context }) };
    forwards.push(await openForward(target, { localPort: localPorts[name] }));
    const user = name !== "prometheus" && users[name] && `   (user ${users[name]})`;
    console.log(`${name.padEnd(10)} http://localhost:${localPorts[name]}${user || ""}`);
  }
  for (const slug of dashboards) {
    console.log(`dashboard  http://localhost:${localPorts.superset}/superset/dashboard/${slug}/`);
  }
  console.log("The passwords: SHOW_SECRETS=1 make -s outputs. Ctrl-C ends it.");
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
